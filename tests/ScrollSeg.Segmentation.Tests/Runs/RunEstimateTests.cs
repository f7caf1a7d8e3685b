using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>What a plan says of space and time, and what becomes of a run that does not fit.</summary>
public sealed class RunEstimateTests : SegmentRunFixture
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Plan_EstimatesTimeAndSpace_AndWritesNothing(int stride)
    {
        await using MemoryVolume volume = Ramp();

        (RunPlan plan, RunEstimate estimate) = await PlanAsync(volume, "otsu", new EverySlice { Stride = stride });

        Assert.True(estimate.SegmentSeconds > 0 && estimate.StatisticsSeconds > 0 && estimate.PyramidSeconds > 0, estimate.ToString());
        Assert.InRange(estimate.BytesWritten, 1, plan.CostOf(outputs: 2).BytesWritten);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }

    [Fact]
    public async Task Plan_OfAStrategyWithoutATarget_IsRefused()
    {
        await using MemoryVolume volume = Ramp();

        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(() => PlanAsync(
            volume, "otsu", new EverySlice { Stride = 1000 }, new Box3((10, 0, 0), new Shape3(20, 90, 150))));

        Assert.Contains("'--strategy every --stride 1000' plans nothing within slices 10..29", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ThatCannotFit_IsRefusedBeforeItBegins()
    {
        await using MemoryVolume volume = Ramp();

        IOException e = await Assert.ThrowsAsync<IOException>(
            () => RunAsync(volume, "threshold:100", request => request with { FreeBytes = _ => 1000 }));

        Assert.Contains("are free, and the output will take about", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }

    [Fact]
    public async Task Run_ThatFitsOnceItIsCompressed_Begins()
    {
        await using MemoryVolume volume = Ramp();
        (RunPlan plan, RunEstimate estimate) = await PlanAsync(volume, "threshold:100", new EverySlice());
        long between = (estimate.BytesWritten + plan.CostOf(outputs: 2).BytesWritten) / 2;

        await RunAsync(volume, "threshold:100", request => request with { FreeBytes = _ => between });

        Assert.True(Directory.Exists(Output));
    }

    private Task<(RunPlan Plan, RunEstimate Estimate)> PlanAsync(
        VolumeReader volume, string model, SliceStrategy strategy, Box3? region = null)
    {
        SegmentRequest request = new()
        {
            Output = Output,
            Model = model,
            Options = new SegmentOptions { MemoryBudget = 2L << 30, Tile = 48, Strategy = strategy, Region = region },
        };
        return new SegmentRun(request, volume, [new BaselineModelSource()], new SilentProgress()).PlanAsync(Token);
    }
}
