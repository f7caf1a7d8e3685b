using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>A block in which mask and truth disagree.</summary>
/// <param name="Box">The block, in voxels of both.</param>
/// <param name="Centre">The voxel in the middle of its errors.</param>
/// <param name="Surplus">Voxels that only the mask has.</param>
/// <param name="Missing">Voxels that only the truth has.</param>
public sealed record ErrorPlace(Box3 Box, (int Z, int Y, int X) Centre, long Surplus, long Missing)
{
    /// <summary>Voxels that are wrong.</summary>
    public long Errors => Surplus + Missing;
}
