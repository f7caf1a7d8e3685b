using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Runs;

public sealed class TimeLimitTests
{
    private static readonly SegmentPlan Plan = SegmentPlanner.Plan(
        new VolumeInfo("scan.zarr", "test", new Shape3(1000, 512, 512), VoxelType.UInt16, new Shape3(10, 512, 512)),
        new SegmentOptions { MemoryBudget = 1L << 30, Tile = 512, Overlap = 0 },
        new ConstantSegmenter(1),
        new VolumeStatistics { Histogram = new VolumeHistogram(0, 1, [1, 1]), Type = VoxelType.UInt16, SampledShare = 1 },
        0);

    [Theory]
    [InlineData(1.9, 1)]
    [InlineData(250, 125)]
    [InlineData(1999, 999)]
    [InlineData(1e9, 1000)]
    public void TargetsWithin_OneTileOfTwoSeconds_IsHalfTheSeconds(double seconds, int expected) =>
        Assert.Equal(expected, new TimeLimit(Plan, new RunRates(0, seconds < 2 ? 1.9 : 2, 0, 1)).TargetsWithin(seconds));

    /// <summary>A target costs the layer of chunks that it lies in: a tenth of the targets still reads every layer.</summary>
    [Fact]
    public void TargetsWithin_ReadingAlone_CountsTheLayersOfChunks()
    {
        double secondsPerLayer = 10 * 512 * 512 * 2;

        TimeLimit limit = new(Plan, new RunRates(1, 0, 0, 1));

        Assert.Equal(40, limit.TargetsWithin(40 * secondsPerLayer));
        Assert.Equal(1000, limit.TargetsWithin(100 * secondsPerLayer));
    }

    [Fact]
    public void TargetsWithin_LessThanOneTakes_IsRefusedWithBothTimes()
    {
        InvalidRequestException e = Assert.Throws<InvalidRequestException>(() => new TimeLimit(Plan, new RunRates(0, 7, 0, 1)).TargetsWithin(5));

        Assert.Contains("allows 5 s", e.Message, StringComparison.Ordinal);
        Assert.Contains("about 7 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Targets_AreSpreadEvenly()
    {
        SliceStrategy few = TimeLimit.Of(new EverySlice(), 4).Within(1000, 0, 1000);

        Assert.Equal([125, 375, 625, 875], few.TargetsIn(1000, 0, 1000));
    }
}
