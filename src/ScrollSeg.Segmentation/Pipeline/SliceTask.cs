using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>One group to segment: its slices, the rows that hold its sources, and where the answer goes.</summary>
/// <param name="Group">The sources and the target.</param>
/// <param name="Rows">For each source, the row that holds it; stays the reader's.</param>
/// <param name="SupportRow">The row that holds the slice by which support is decided.</param>
/// <param name="Output">The unit's probabilities, as grey levels.</param>
/// <param name="OutputSlice">The target's place in <paramref name="Output"/>.</param>
internal sealed record SliceTask(
    SliceGroup Group, IReadOnlyList<VolumeBlock> Rows, VolumeBlock? SupportRow, VoxelBuffer Output, int OutputSlice)
{
    /// <summary>The unit's spread of the groups, as grey levels; <see langword="null"/> if nobody wants it.</summary>
    public VoxelBuffer? Spread { get; init; }

    /// <summary>Number of the target among those of the unit.</summary>
    public int Ordinal { get; init; }

    /// <summary>Number of the group among those of its target, from 0.</summary>
    public int Number { get; init; }

    /// <summary>Groups that speak for the target.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Whether no other group speaks for the target after this one.</summary>
    public bool IsLast => Number == Count - 1;
}
