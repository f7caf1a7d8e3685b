using System.Security.Cryptography;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What a unit left behind.</summary>
/// <param name="Unit">The unit's name.</param>
/// <param name="Objects">The chunks it owns: key below the store's root, size and hash. A chunk of nothing but background is
/// not stored, and listed with size 0 and no hash.</param>
/// <param name="Seconds">Time to write it.</param>
/// <param name="Slices">Slices that got an answer.</param>
/// <param name="EmptySlices">Slices that no group spoke for.</param>
/// <param name="Tiles">Tiles that went through the segmenter.</param>
/// <param name="ExcludedVoxels">Voxels that are background because the scan has no data there.</param>
/// <param name="ForegroundVoxels">Voxels of the mask.</param>
public sealed record UnitRecord(
    string Unit,
    IReadOnlyList<StoredObject> Objects,
    double Seconds,
    long Slices,
    long EmptySlices,
    long Tiles,
    long ExcludedVoxels,
    long ForegroundVoxels)
{
    /// <summary>Whether what the unit wrote is there, by name and size: what a resume asks.</summary>
    /// <param name="store">Root of the store, under whichever name it has now.</param>
    public bool ObjectsAreThere(string store) => Objects.All(o =>
    {
        FileInfo file = new(Path.Combine(store, o.Key));
        return o.Bytes == 0 ? !file.Exists : file.Exists && file.Length == o.Bytes;
    });

    /// <summary>Reads what the unit wrote and compares size and hash.</summary>
    /// <param name="store">Root of the store, under whichever name it has now.</param>
    /// <returns>A sentence for each object that is not as recorded.</returns>
    public IEnumerable<string> FindDamage(string store)
    {
        foreach (StoredObject o in Objects)
        {
            string path = Path.Combine(store, o.Key);
            if (o.Bytes == 0)
            {
                if (File.Exists(path))
                {
                    yield return $"{path}: is there, and should not be: the unit is background here";
                }
            }
            else if (!File.Exists(path))
            {
                yield return $"{path}: is missing; recorded are {o.Bytes} bytes";
            }
            else if (Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) is string actual && actual != o.Sha256)
            {
                yield return $"{path}: SHA-256 is {actual}, recorded is {o.Sha256}";
            }
        }
    }
}
