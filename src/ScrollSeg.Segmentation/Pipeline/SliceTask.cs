using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>One slice to segment: its group, the rows that hold its sources, and where the answer goes.</summary>
/// <param name="Group">The sources and the target.</param>
/// <param name="Rows">For each source, the row that holds it; stays the reader's.</param>
/// <param name="TargetRow">The row that holds the target itself, by which its support is decided.</param>
/// <param name="Output">The unit's probabilities, as grey levels.</param>
/// <param name="OutputSlice">The target's place in <paramref name="Output"/>.</param>
internal sealed record SliceTask(
    SliceGroup Group, IReadOnlyList<VolumeBlock> Rows, VolumeBlock TargetRow, VoxelBuffer Output, int OutputSlice);
