using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What a unit of a stage left behind.</summary>
/// <param name="Unit">The unit's name.</param>
/// <param name="Objects">The chunks it owns: key below the store's root, size and hash. A chunk of nothing but background is
/// not stored, and listed with size 0 and no hash.</param>
/// <param name="Attempts">Tries that it took, those that failed included.</param>
/// <param name="Seconds">Time to compute it and to write it.</param>
/// <param name="Counts">What was computed for it; nothing in the stages that compute no masks.</param>
public sealed record UnitRecord(
    string Unit, IReadOnlyList<StoredObject> Objects, int Attempts, double Seconds, UnitCounts? Counts = null)
{
    /// <summary>Whether what the unit wrote is there, by name and size: what a resume asks.</summary>
    /// <param name="store">Root of the store, under whichever name it has now.</param>
    public bool ObjectsAreThere(string store) => Objects.All(o =>
    {
        FileInfo file = new(Path.Combine(store, o.Key));
        return o.Bytes == 0 ? !file.Exists : file.Exists && file.Length == o.Bytes;
    });
}

/// <summary>What was computed for a unit of the segment stage.</summary>
/// <param name="Slices">Slices that got an answer.</param>
/// <param name="EmptySlices">Slices that no group spoke for.</param>
/// <param name="Tiles">Tiles that went through the segmenter.</param>
/// <param name="ExcludedVoxels">Voxels that are background because the scan has no data there.</param>
/// <param name="ForegroundVoxels">Voxels of the mask.</param>
/// <param name="HalvedBatches">How often a batch was halved because a GPU's memory did not suffice.</param>
public sealed record UnitCounts(
    long Slices, long EmptySlices, long Tiles, long ExcludedVoxels, long ForegroundVoxels, long HalvedBatches)
{
    /// <summary>Adds up.</summary>
    public static UnitCounts operator +(UnitCounts a, UnitCounts b) => new(
        a.Slices + b.Slices,
        a.EmptySlices + b.EmptySlices,
        a.Tiles + b.Tiles,
        a.ExcludedVoxels + b.ExcludedVoxels,
        a.ForegroundVoxels + b.ForegroundVoxels,
        a.HalvedBatches + b.HalvedBatches);
}
