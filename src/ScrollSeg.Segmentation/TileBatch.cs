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

    /// <summary>Tiles whose scores are wanted; what comes after them only fills the batch, so that a network always works on the
    /// same shape. Default all.</summary>
    public int Wanted
    {
        get => field == 0 ? Count : field;
        init => field = value > 0 && value <= Count
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Wanted), value, $"A batch of {Count} tiles.");
    }

    /// <summary>Voxels along a tile's side, V.</summary>
    public int Side => Voxels.Shape.X;
}
