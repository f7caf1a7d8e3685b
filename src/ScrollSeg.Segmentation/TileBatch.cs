using ScrollSeg.Segmentation.Prompting;
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
    /// <summary>The range of each source slice, <c>[B * k]</c>, where they are not all <see cref="Range"/>.</summary>
    public IReadOnlyList<IntensityRange>? Ranges { get; init; }

    /// <summary>Which source of each tile shows the target itself, <c>[B]</c>, or <see langword="null"/> in a place where all speak for
    /// it alike. Without a list it is the middle one of each tile.</summary>
    public IReadOnlyList<int?>? OwnChannels { get; init; }

    /// <summary>Where each tile lies, <c>[B]</c>; of the last ones, that only fill the batch, it may be anything. Default not
    /// known.</summary>
    public IReadOnlyList<TilePlace>? Places { get; init; }

    /// <summary>The grey values that become black and white in a source slice.</summary>
    /// <param name="plane">Its place among all, tile by tile.</param>
    public IntensityRange RangeOf(int plane) => Ranges is null ? Range : Ranges[plane];

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
