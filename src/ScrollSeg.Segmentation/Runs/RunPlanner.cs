using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Propagation;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Plans the directions of a run, and tells what they will take.</summary>
/// <param name="request">What is asked for.</param>
/// <param name="volume">The volume; stays the caller's.</param>
/// <param name="segmenter">The model; stays the caller's.</param>
/// <param name="statistics">What the statistics stage found.</param>
internal sealed class RunPlanner(SegmentRequest request, VolumeReader volume, ISliceSegmenter segmenter, VolumeStatistics statistics)
{
    private SegmentOptions Options => request.Options;

    /// <summary>Plans a run.</summary>
    /// <param name="targets">How many targets a time limit leaves in each direction; <see langword="null"/> without one.</param>
    /// <param name="frozen">The run that is to be gone on with, if one is.</param>
    public RunPlan Plan(IReadOnlyList<int?> targets, RunManifest? frozen)
    {
        long resident = ProcessMemory.ResidentBytes();
        RunPlan plan = new([.. Options.Axes.Select((axis, i) => SegmentPlanner.Plan(
            volume.Info,
            TimeLimit.Apply(Options, targets[i]),
            segmenter,
            statistics,
            resident,
            frozen?.FrozenIn(axis),
            new SliceFrame(axis)))], Options);
        return segmenter.Propagation is PropagatedPrompts prompts
            ? plan with { Propagation = PropagationPlan.Of(plan.First, prompts) }
            : plan;
    }

    /// <summary>How many targets the time limit leaves in each direction: each gets an equal share of the time.</summary>
    /// <param name="progress">Is told.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    public async Task<IReadOnlyList<int?>> CountTargetsAsync(IRunProgress progress, CancellationToken cancellationToken)
    {
        int?[] targets = new int?[Options.Axes.Count];
        if (Options.TimeLimit is not TimeSpan limit)
        {
            return targets;
        }

        RunPlan all = Plan(targets, null);
        for (int i = 0; i < targets.Length; i++)
        {
            RunRates rates = await MeasureAsync(all.Directions[i], cancellationToken);
            targets[i] = new TimeLimit(all.Directions[i], rates).TargetsWithin(limit.TotalSeconds * request.Shard.Count / targets.Length);
        }

        progress.Note(FormattableString.Invariant(
            $"The time limit of {limit} is enough for {string.Join(" + ", targets)} targets, evenly spread, judged by a few slices."));
        return targets;
    }

    /// <summary>What a run will take.</summary>
    /// <param name="plan">Its plan.</param>
    /// <param name="statisticsBytes">Decoded bytes that the statistics stage reads; 0 if it is over.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <param name="isFrugal">Whether the run itself follows in this process: then little memory is taken to try it.</param>
    public async Task<RunEstimate> EstimateAsync(
        RunPlan plan, long statisticsBytes, CancellationToken cancellationToken, bool isFrugal = false)
    {
        RunEstimate total = new(0, 0, 0, 0);
        (double perVoxel, double share) = (0, 0);
        foreach (SegmentPlan direction in plan.Directions)
        {
            RunRates rates = await MeasureAsync(direction, cancellationToken, isFrugal);
            RunEstimate one = rates.Estimate(
                direction, PlanCost.Of(direction, Options.Outputs), total.StatisticsSeconds > 0 ? 0 : statisticsBytes, Options.Outputs);
            total = total.With(one);
            perVoxel = rates.SecondsPerVoxel;
            share = rates.BytesPerVoxel;
            total = total with { PropagateSeconds = PropagateSeconds(plan, direction, rates) };
        }

        // each answer is read, which takes about as long as writing it, and the output is written once more
        double voxels = plan.Region.Shape.VoxelCount;
        return plan.Combines
            ? total with
            {
                CombineSeconds = voxels * perVoxel * (plan.Directions.Count + 1),
                BytesWritten = total.BytesWritten + (long)Math.Min(plan.ScratchBytes, plan.ScratchBytes * share),
            }
            : total;
    }

    /// <summary>What is on the way is read once upwards and once downwards, and answered as in the segment stage.</summary>
    private double PropagateSeconds(RunPlan plan, SegmentPlan direction, RunRates rates) => plan.Propagation is not PropagationPlan propagation
        ? 0
        : (propagation.Tiles * rates.SecondsPerTile) + (2 * PlanCost.Of(direction, Options.Outputs).BytesDecoded * rates.SecondsPerByte);

    private Task<RunRates> MeasureAsync(SegmentPlan plan, CancellationToken cancellationToken, bool isFrugal = false) =>
        new RunProbe(plan, TurnedVolume.Over(volume, plan.Frame), segmenter, isFrugal).MeasureAsync(cancellationToken);
}
