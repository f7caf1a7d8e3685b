using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Propagation;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What a run will read, compute, hold and write: a plan for each direction in which the volume is cut into slices, and what
/// is made of their answers.</summary>
/// <param name="Directions">One plan per direction, in the order in which they are computed.</param>
/// <param name="Options">What was asked for.</param>
public sealed record RunPlan(IReadOnlyList<SegmentPlan> Directions, SegmentOptions Options)
{
    private const int MostChunksPerUnit = 64;

    /// <summary>What is carried from slice to slice before the first unit; <see langword="null"/> for nothing.</summary>
    public PropagationPlan? Propagation { get; init; }

    /// <summary>The first direction's plan.</summary>
    public SegmentPlan First => Directions[0];

    /// <summary>The part of the volume that is segmented, in its own axes.</summary>
    public Box3 Region => First.Frame.Back(First.Region);

    /// <summary>Extent of an output chunk, in the volume's own axes.</summary>
    public Shape3 OutputChunk => First.Frame.Back(First.OutputChunk);

    /// <summary>Bytes held at the worst moment: directions follow each other.</summary>
    public long PeakBytes => Directions.Max(plan => plan.PeakBytes);

    /// <summary>What the direction that holds most holds.</summary>
    public SegmentPlan Largest => Directions.MaxBy(plan => plan.PeakBytes)!;

    /// <summary>Whether the directions' answers are kept apart until all are there, and then fused and filled.</summary>
    public bool Combines => Directions.Count > 1 || CountSlices().Filled > 0;

    /// <summary>Bytes that the directions' answers take until then, before compression.</summary>
    public long ScratchBytes => Combines
        ? Directions.Sum(direction => Region.Shape.VoxelCount * (direction.KeepsSpread ? 2 : 1))
        : 0;

    /// <summary>What all directions come to.</summary>
    /// <param name="outputs">Bytes kept per voxel.</param>
    public PlanCost CostOf(int outputs)
    {
        PlanCost cost = Directions.Select(direction => PlanCost.Of(direction, outputs)).Aggregate((a, b) => a + b);
        return cost with { BytesWritten = cost.BytesWritten + ScratchBytes };
    }

    /// <summary>Slices, of all directions, that are filled between their neighbours, and that stay empty.</summary>
    public (long Filled, long Empty) CountSlices()
    {
        IEnumerable<SliceSet> answered = Directions.Select(SliceSet.AnsweredBy);
        return answered.Select(set => set.CountGaps(Options.MaxGap)).Aggregate((a, b) => (a.Filled + b.Filled, a.Empty + b.Empty));
    }

    /// <summary>Extent of a unit that is combined as one piece: a box of chunks that fits into what the segment stage gave back.</summary>
    internal Shape3 CombineUnit
    {
        get
        {
            (Shape3 chunk, Shape3 all) = (OutputChunk, Region.Shape);
            Shape3 count = new(1, 1, 1);
            foreach (Axis axis in new[] { Axis.X, Axis.Y, Axis.Z, Axis.X, Axis.Y, Axis.Z })
            {
                Shape3 larger = axis switch
                {
                    Axis.Z => count with { Z = count.Z * 2 },
                    Axis.Y => count with { Y = count.Y * 2 },
                    _ => count with { X = count.X * 2 },
                };
                bool fits = larger.VoxelCount <= MostChunksPerUnit && MemoryEstimate.CombinedVoxel * larger.VoxelCount * chunk.VoxelCount <= Largest.Memory.Total;
                count = fits && count[axis] * chunk[axis] < all[axis] ? larger : count;
            }

            return new Shape3(count.Z * chunk.Z, count.Y * chunk.Y, count.X * chunk.X);
        }
    }
}
