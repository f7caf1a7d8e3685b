using System.Globalization;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>A time limit, turned into a number of targets before the run begins: evenly spread, so that what is computed is no
/// sample of the scan's beginning.</summary>
/// <param name="plan">The plan with all targets.</param>
/// <param name="rates">How fast this machine is.</param>
internal sealed class TimeLimit(SegmentPlan plan, RunRates rates)
{
    /// <summary>The most targets whose segmentation, writing and pyramid take no longer than a time.</summary>
    /// <param name="seconds">The time, of all processes together.</param>
    /// <exception cref="InvalidRequestException">Not one does.</exception>
    public int TargetsWithin(double seconds)
    {
        // the time grows with the number: halve the range in which the answer lies
        int fits = 0;
        int tooMany = plan.Strategy.TargetsIn(plan.Volume.Shape.Z, plan.Region.Start.Z, plan.Region.End.Z).Count() + 1;
        while (tooMany - fits > 1)
        {
            int middle = fits + ((tooMany - fits) / 2);
            (fits, tooMany) = SecondsFor(middle) <= seconds ? (middle, tooMany) : (fits, middle);
        }

        return fits > 0
            ? fits
            : throw new InvalidRequestException(string.Create(
                CultureInfo.InvariantCulture,
                $"--time-limit allows {seconds:0.#} s; a single slice and the writing of the output take about {SecondsFor(1):0.#} s here. Allow more, or give a smaller --region."));
    }

    /// <summary>The strategy with so many of its targets.</summary>
    public static SliceStrategy Of(SliceStrategy strategy, int targets) => new FilteredSlices(strategy, new KeepEvenly(targets));

    /// <summary>What is computed when so many targets are left; all without a number.</summary>
    public static SegmentOptions Apply(SegmentOptions options, int? targets) =>
        targets is int few ? options with { Strategy = Of(options.Strategy, few) } : options;

    private double SecondsFor(int targets)
    {
        SegmentPlan fewer = plan with { Strategy = Of(plan.Strategy, targets).Within(plan.Volume.Shape.Z, plan.Region.Start.Z, plan.Region.End.Z) };
        RunEstimate estimate = rates.Estimate(fewer, PlanCost.Of(fewer, outputs: 1), statisticsBytes: 0, outputs: 1);
        return estimate.SegmentSeconds + estimate.PyramidSeconds;
    }
}
