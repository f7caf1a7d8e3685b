using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>Some slices of a column of the volume, read as one piece. Owned by whoever holds it.</summary>
/// <param name="Box">Where it lies in the volume.</param>
/// <param name="Voxels">Its voxels.</param>
/// <param name="Absent">Boxes of the volume that hold the fill value for want of a chunk.</param>
internal sealed record InputRow(Box3 Box, VoxelBuffer Voxels, IReadOnlyList<Box3> Absent) : IDisposable
{
    public void Dispose() => Voxels.Dispose();
}
