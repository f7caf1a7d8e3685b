using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

public sealed class PointwiseSliceWorkerTests
{
    private static readonly Shape3 Shape = new(9, 70, 83);

    public static TheoryData<VoxelType> Types => [.. Enum.GetValues<VoxelType>()];

    /// <summary>The way without tiles is a shortcut: every voxel of every type is what the way with tiles makes it.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public async Task Run_WithoutTiles_EqualsTheWayWithTiles(VoxelType type)
    {
        await using MemoryVolume volume = Noise(type);
        foreach ((double threshold, bool below) in new[] { (40d, false), (30000, false), (0.5, true), (double.MaxValue, true) })
        {
            byte[] without = await RunAsync(volume, new ThresholdSegmenter(threshold, below));
            byte[] with = await RunAsync(volume, new Tiled(new ThresholdSegmenter(threshold, below)));

            Assert.Equal(with, without);
        }
    }

    [Fact]
    public async Task Plan_WithoutTiles_SaysSo()
    {
        await using MemoryVolume volume = Noise(VoxelType.UInt16);

        SegmentPlan pointwise = PlanFor(volume, new ThresholdSegmenter(1, below: false));
        SegmentPlan tiled = PlanFor(volume, new Tiled(new ThresholdSegmenter(1, below: false)));

        Assert.Equal((0L, 0L), (PlanCost.Of(pointwise, 2).Tiles, PlanCost.Of(pointwise, 2).TilesOnce));
        Assert.True(PlanCost.Of(tiled, 2).Tiles > 0);
    }

    private static MemoryVolume Noise(VoxelType type)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(Shape, type);
        Random random = new(1);
        random.NextBytes(voxels.Bytes);
        if (type == VoxelType.Bool)
        {
            foreach (ref byte value in voxels.Bytes)
            {
                value &= 1;
            }
        }

        for (int z = 0; z < Shape.Z; z++)
        {
            // a wide empty border, so that there is something without support
            for (int y = 0; y < Shape.Y; y++)
            {
                voxels.Row(z, y)[..(20 * type.ByteSize())].Clear();
                if (y is < 18 or > 50)
                {
                    voxels.Row(z, y).Clear();
                }
            }
        }

        return new MemoryVolume(voxels, new Shape3(4, 16, 16), [(1, 2, 3)]);
    }

    private static SegmentPlan PlanFor(MemoryVolume volume, ISliceSegmenter segmenter)
    {
        VolumeStatistics statistics = new StatisticsStage(volume, volume.Info.Bounds, new StatisticsOptions())
            .RunAsync(null, TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        SegmentOptions options = new() { MemoryBudget = 1L << 30, Tile = 24, Region = new Box3((1, 3, 5), new Shape3(7, 66, 75)) };
        return SegmentPlanner.Plan(volume.Info, options, segmenter, statistics, 0) with { UnitShape = new Shape3(3, 40, 31), OutputChunk = new Shape3(3, 40, 31) };
    }

    private static async Task<byte[]> RunAsync(MemoryVolume volume, ISliceSegmenter segmenter)
    {
        SegmentPlan plan = PlanFor(volume, segmenter);
        MemorySink sink = new(plan.Region.Shape);
        SliceCounts counts = await new SegmentStage(plan, volume, segmenter, sink).RunAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal(segmenter.IsPointwise, counts.Tiles == 0);
        Assert.True(counts.ExcludedVoxels > 0 || !volume.Info.Type.IsUnsigned());
        return [.. sink.Voxels];
    }

    /// <summary>A threshold that does not say that it needs no neighbours.</summary>
    private sealed class Tiled(ThresholdSegmenter inner) : ISliceSegmenter
    {
        public string Identity => inner.Identity;

        public ScoreKind Scores => inner.Scores;

        public int? ViewSide => null;

        public int MaxChannels => 1;

        public long WorkingBytes(int tileCount, int side) => inner.WorkingBytes(tileCount, side);

        public void Segment(TileBatch tiles, Span<float> scores) => inner.Segment(tiles, scores);

        public void Dispose() => inner.Dispose();
    }
}
