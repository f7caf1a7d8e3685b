using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Planning;

public sealed class SegmentPlannerTests
{
    private const long MiB = 1 << 20;

    private static readonly VolumeStatistics Statistics = new()
    {
        Histogram = new VolumeHistogram(0, 1, [.. Enumerable.Range(0, 1000).Select(_ => 10L)]),
        Type = VoxelType.UInt16,
        SampledShare = 1,
        EmptyBorderShare = 1,
    };

    [Fact]
    public void Plan_EnoughMemory_TakesWholeSlabs()
    {
        SegmentPlan plan = Plan(new Shape3(1024, 1024, 1024), 2048 * MiB);

        Assert.Equal(new Shape3(128, 1024, 1024), plan.UnitShape);
        Assert.InRange(plan.PeakBytes, 1, 2048 * MiB);
    }

    [Fact]
    public void Plan_LittleMemory_TakesColumnsOfWholeChunks()
    {
        SegmentPlan plan = Plan(new Shape3(1024, 1024, 1024), 400 * MiB);

        Assert.Equal(0, plan.UnitShape.Y % plan.OutputChunk.Y);
        Assert.Equal(0, plan.UnitShape.X % plan.OutputChunk.X);
        Assert.True(plan.UnitShape.PlaneCount < 1024 * 1024);
        Assert.InRange(plan.PeakBytes, 1, 400 * MiB);
    }

    [Fact]
    public void Plan_LargestScanThereIs_FitsInto4GiB()
    {
        SegmentPlan plan = Plan(new Shape3(75784, 32693, 32693), 4096 * MiB);

        Assert.InRange(plan.PeakBytes, 1, 4096 * MiB);
        Assert.Equal(75784L * 32693 * 32693, plan.ListColumns().Sum(column => column.Sum(unit => unit.Box.Shape.VoxelCount)));
    }

    [Theory]
    [InlineData(160, 2300, 1100)] // two units along y: the second, at the border, is the smaller one
    [InlineData(160, 2700, 2700)]
    public void Plan_AnyUnit_HoldsNoMoreThanWasPlanned(int z, int y, int x)
    {
        for (long budget = 230; budget < 900; budget += 10)
        {
            SegmentPlan plan;
            try
            {
                plan = Plan(new Shape3(z, y, x), budget * MiB);
            }
            catch (InvalidRequestException)
            {
                continue; // below the floor
            }

            long plane = plan.ListColumns().Max(column => plan.ReadBoxOf(column[0]).Shape.PlaneCount);
            long rows = plane * plan.RowHeight * plan.RowsInFlight * sizeof(ushort);
            Assert.InRange(rows + (2 * plan.UnitShape.VoxelCount), 1, plan.Memory.Voxels);
        }
    }

    [Fact]
    public void Plan_TileBeyondAnyArray_IsRefused()
    {
        SegmentOptions options = new() { MemoryBudget = 1L << 40, Threads = 2, Tile = 60_000 };

        InvalidRequestException e = Assert.Throws<InvalidRequestException>(() => SegmentPlanner.Plan(
            InfoOf(new Shape3(10, 10, 10)), options, new ConstantSegmenter(1), Statistics, 0));

        Assert.Contains("--tile", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_PyramidChunks_FitIntoWhatTheStageHeld()
    {
        VolumeInfo volume = new("scan.zarr", "test", new Shape3(2048, 2048, 2048), VoxelType.UInt8, new Shape3(256, 256, 256));
        SegmentOptions options = new() { MemoryBudget = 2500 * MiB, Threads = 16 };

        SegmentPlan plan = SegmentPlanner.Plan(volume, options, new ConstantSegmenter(1), Statistics, 60 * MiB);

        // a coarser chunk and the eight that it is made of
        Assert.InRange(plan.PyramidThreads, 1, 16);
        Assert.InRange(plan.PyramidThreads * 9 * plan.OutputChunk.VoxelCount, 1, plan.Memory.Voxels);
    }

    [Fact]
    public void RangeFor_FloatVolumeOfOneValue_IsNotEmpty()
    {
        VolumeStatistics statistics = new()
        {
            Histogram = new VolumeHistogram(0.25, double.Epsilon * 65536, [100, 0]),
            Type = VoxelType.Float32,
            SampledShare = 1,
        };

        IntensityRange range = new PercentileIntensity().RangeFor(statistics);

        Assert.Equal(0, range.Apply(0.25));
    }

    [Fact]
    public void ReadBoxOf_Unit_HoldsItsTilesAndTheSupportsReach()
    {
        SegmentPlan plan = Plan(new Shape3(256, 2048, 2048), 300 * MiB);
        SegmentUnit unit = plan.UnitAt((0, 1, 1));

        Box3 read = plan.ReadBoxOf(unit);

        Box3 own = plan.InVolume(unit.Box);
        Assert.True(read.Contains(own));
        Assert.True(read.Start.Y <= own.Start.Y - plan.Support.Reach);
        (int first, int count) = plan.TileRows.Covering(own.Start.Y, own.End.Y);
        Assert.InRange(read.Start.Y, 0, plan.TileRows.StartOf(first));
        Assert.InRange(read.End.Y, plan.TileRows.StartOf(first + count - 1) + plan.Tile, 2048);
    }

    [Theory]
    [InlineData(128, 128)]
    [InlineData(1, 64)]
    [InlineData(9, 72)]
    [InlineData(500, 128)]
    [InlineData(192, 192)]
    public void OutputChunkFor_InputChunk_IsNearIt(int input, int expected)
    {
        Assert.Equal(
            new Shape3(expected, expected, 50),
            SegmentPlanner.OutputChunkFor(new Shape3(input, input, input), new Shape3(1000, 1000, 50)));
    }

    [Fact]
    public void Plan_RegionOutsideTheVolume_IsRefusedNamingBoth()
    {
        SegmentOptions options = new() { MemoryBudget = 1024 * MiB, Region = new Box3((0, 0, 0), new Shape3(10, 10, 11)) };

        InvalidRequestException e = Assert.Throws<InvalidRequestException>(() => SegmentPlanner.Plan(
            InfoOf(new Shape3(10, 10, 10)), options, new ConstantSegmenter(1), Statistics, 0));

        Assert.Contains("x 0..11", e.Message, StringComparison.Ordinal);
        Assert.Contains("[10, 10, 10]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_OfTheLargestScan_HasAMillionUnitsAndNoListOfThem()
    {
        SegmentPlan warm = Plan(new Shape3(1000, 3000, 3000), 330 * MiB); // what is compiled at the first call counts for nothing
        PlanCost.Of(warm, outputs: 2);
        long before = GC.GetAllocatedBytesForCurrentThread();

        SegmentPlan plan = Plan(new Shape3(75784, 32693, 32693), 330 * MiB);
        PlanCost cost = PlanCost.Of(plan, outputs: 2);

        Assert.InRange(cost.Units, 1_000_000, 100_000_000);
        Assert.Equal(75784L * 32693 * 32693, plan.Region.Shape.VoxelCount);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * MiB); // a unit would take 100 bytes and more
    }

    private static VolumeInfo InfoOf(Shape3 shape) => new("scan.zarr", "test", shape, VoxelType.UInt16, new Shape3(128, 128, 128));

    private static SegmentPlan Plan(Shape3 shape, long budget) => SegmentPlanner.Plan(
        InfoOf(shape),
        new SegmentOptions { MemoryBudget = budget, Threads = 2 },
        new ConstantSegmenter(0.5f),
        Statistics,
        residentBytes: 60 * MiB);
}
