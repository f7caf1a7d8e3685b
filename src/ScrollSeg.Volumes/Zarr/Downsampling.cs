namespace ScrollSeg.Volumes.Zarr;

/// <summary>What one voxel of a coarser level says of the two voxels per axis that it covers, as far as they lie inside the
/// volume.</summary>
public enum Downsampling
{
    /// <summary>Their mean. Integers round half up; floats are summed in 64 bits, and one NaN makes the mean NaN.</summary>
    Mean,

    /// <summary>The largest; one NaN makes it NaN.</summary>
    Maximum,

    /// <summary>The most frequent value, the smaller one of two that are as frequent: for labels, which have no mean.</summary>
    Majority,
}
