namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>What was computed, for the report. Not thread-safe.</summary>
public sealed class SliceCounts
{
    /// <summary>Slices that got an answer.</summary>
    public long Slices { get; set; }

    /// <summary>Tiles that went through the segmenter, a batch's padding not counted.</summary>
    public long Tiles { get; set; }

    /// <summary>Voxels that are background because the scan has no data there.</summary>
    public long ExcludedVoxels { get; set; }

    /// <summary>Slices that no group spoke for, and that were left empty.</summary>
    public long EmptySlices { get; set; }

    /// <summary>How often a batch was halved because a GPU's memory did not suffice.</summary>
    public long HalvedBatches { get; set; }

    /// <summary>Time from the first slice asked for to the last one answered, in seconds.</summary>
    public double Seconds { get; set; }

    /// <summary>Adds another count to this one.</summary>
    public void Add(SliceCounts other)
    {
        Slices += other.Slices;
        Tiles += other.Tiles;
        ExcludedVoxels += other.ExcludedVoxels;
        EmptySlices += other.EmptySlices;
        HalvedBatches += other.HalvedBatches;
        Seconds += other.Seconds;
    }
}
