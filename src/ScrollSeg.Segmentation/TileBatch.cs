using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation;

/// <summary>
/// Tiles of raw voxels on their way to a segmenter, <c>[B, k, V, V]</c>: B tiles, each of k source slices. They keep
/// the volume's own type, so that 16 bits stay 16 bits until the network's float.
/// </summary>
/// <param name="Voxels">The voxels; shape <c>(B * k, V, V)</c>. Stays the caller's.</param>
/// <param name="Channels">Source slices per tile, k.</param>
/// <param name="Range">The grey values that become black and white.</param>
public sealed record TileBatch(VoxelBuffer Voxels, int Channels, IntensityRange Range)
{
    /// <summary>Tiles in the batch, B.</summary>
    public int Count => Voxels.Shape.Z / Channels;

    /// <summary>Voxels along a tile's side, V.</summary>
    public int Side => Voxels.Shape.X;
}
