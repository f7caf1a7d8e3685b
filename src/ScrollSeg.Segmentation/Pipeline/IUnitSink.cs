using ScrollSeg.Segmentation.Planning;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>Takes finished units: the run's store, or a test's memory.</summary>
public interface IUnitSink
{
    /// <summary>Keeps a unit. Called for one unit at a time.</summary>
    /// <param name="unit">Which one.</param>
    /// <param name="output">Its voxels. Stay the caller's.</param>
    /// <param name="counts">What was computed for it.</param>
    /// <param name="cancellationToken">Stops between chunks; the unit is then not done.</param>
    ValueTask WriteAsync(SegmentUnit unit, UnitOutput output, SliceCounts counts, CancellationToken cancellationToken);
}
