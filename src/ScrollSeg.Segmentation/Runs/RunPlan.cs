using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What a run will read, compute, hold and write: a plan for each direction in which the volume is cut into slices.</summary>
/// <param name="Directions">One plan per direction, in the order in which they are computed.</param>
public sealed record RunPlan(IReadOnlyList<SegmentPlan> Directions)
{
    /// <summary>The first direction's plan.</summary>
    public SegmentPlan First => Directions[0];

    /// <summary>The part of the volume that is segmented, in its own axes.</summary>
    public Box3 Region => First.Frame.Back(First.Region);

    /// <summary>Extent of an output chunk, in the volume's own axes.</summary>
    public Shape3 OutputChunk => First.Frame.Back(First.OutputChunk);

    /// <summary>Bytes held at the worst moment: directions follow each other.</summary>
    public long PeakBytes => Directions.Max(plan => plan.PeakBytes);

    /// <summary>What all directions come to.</summary>
    /// <param name="outputs">Bytes kept per voxel.</param>
    public PlanCost CostOf(int outputs) => Directions.Select(direction => PlanCost.Of(direction, outputs)).Aggregate((a, b) => a + b);

    /// <summary>What the direction that holds most holds.</summary>
    public SegmentPlan Largest => Directions.MaxBy(plan => plan.PeakBytes)!;
}
