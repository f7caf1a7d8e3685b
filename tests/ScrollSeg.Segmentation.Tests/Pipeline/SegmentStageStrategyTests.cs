using CsCheck;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Segmentation.Tests.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

/// <summary>The stage under any strategy: whatever goes together, however often and in whatever units.</summary>
public sealed class SegmentStageStrategyTests
{
    private const int Slices = 26;

    private static readonly Shape3 Extent = new(Slices, 50, 61);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Run_ConstantUnderAnyStrategy_ComesBackBitForBit()
    {
        Gen.Select(Strategies.Any(Slices), Gen.Enum<GroupFusion>(), Gen.Int[1, 26], Gen.Int[8, 60], Gen.Double[0, 0.8]).Sample(
            (strategy, fusion, unit, tile, overlap) =>
            {
                using VolumeScope scope = new(Extent);
                SegmentPlan plan = PlanFor(scope.Volume, strategy, tile: tile, overlap: overlap) with { Fusion = fusion };
                plan = plan with { OutputChunk = new Shape3(1, 1, 1), UnitShape = new Shape3(unit, 30, 40) };
                MemorySink sink = Run(plan, scope.Volume, new ConstantSegmenter(0.6f), out SliceCounts counts);

                HashSet<int> targets = [.. plan.Strategy.TargetsIn(Slices, plan.Region.Start.Z, plan.Region.End.Z)];
                for (int z = 0; z < plan.Region.Shape.Z; z++)
                {
                    byte expected = (byte)(targets.Contains(plan.Region.Start.Z + z) ? 153 : 0); // floor(255 * 0.6 + 0.5)
                    Assert.Equal(-1, sink.Voxels.AsSpan(z * 50 * 61, 50 * 61).IndexOfAnyExcept(expected));
                }

                Assert.True(sink.IsComplete);
                Assert.Equal((plan.Region.Shape.Z - targets.Count) * plan.Units.Count.PlaneCount, counts.EmptySlices);
            },
            seed: "0N0XIzNsQ0O2", iter: 25, threads: 1);
    }

    [Fact]
    public void Run_AnyStrategyAndUnits_GivesTheSameBytes()
    {
        Gen.Select(Strategies.Any(Slices), Gen.Enum<GroupFusion>(), Gen.Int[1, 26], Gen.Int[1, 60], Gen.Int[1, 3], Gen.Int[1, 5], Gen.Int[1, 3]).Sample(
            (strategy, fusion, uz, uy, workers, batch, rows) =>
            {
                using VolumeScope scope = new(Extent);
                SegmentPlan whole = PlanFor(scope.Volume, strategy) with { Fusion = fusion };
                SegmentPlan cut = whole with
                {
                    OutputChunk = new Shape3(1, 1, 1),
                    UnitShape = new Shape3(uz, uy, 37),
                    Workers = workers,
                    Batch = batch,
                    RowHeight = 4 * rows,
                };

                MemorySink one = Run(whole with { UnitShape = whole.Region.Shape }, scope.Volume, new ThresholdSegmenter(500, below: false), out _);
                MemorySink many = Run(WithRows(cut), scope.Volume, new ThresholdSegmenter(500, below: false), out _);

                Assert.Equal(one.Voxels, many.Voxels);
            },
            seed: "0N0XIzNsQ0O2", iter: 25, threads: 1);
    }

    [Fact]
    public void Run_AnyStrategyAndColumns_FetchesAndComputesWhatItsCostSays()
    {
        Gen.Select(Strategies.Any(Slices), Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3]).Sample(
            (strategy, uz, uy, ux, rows) =>
            {
                using VolumeScope scope = new(Extent);
                SegmentPlan plan = WithRows(PlanFor(scope.Volume, strategy) with
                {
                    OutputChunk = new Shape3(4, 16, 16),
                    UnitShape = new Shape3(4 * uz, 16 * uy, 16 * ux),
                    RowHeight = 4 * rows,
                });

                Run(plan, scope.Volume, new ConstantSegmenter(1), out SliceCounts counts);

                PlanCost cost = PlanCost.Of(plan, outputs: 2);
                Assert.Equal(cost.ChunkFetches, scope.Volume.Fetches.Values.Sum());
                Assert.Equal(cost.ChunksTouched, scope.Volume.Fetches.Count);
                Assert.Equal(cost.Tiles, counts.Tiles);
                Assert.Equal(cost.Slices * plan.Units.Count.PlaneCount, counts.Slices);
            },
            seed: "0N0XIzNsQ0O2", iter: 30, threads: 1);
    }

    [Fact]
    public void Run_ShardsOfAnyStrategy_GiveTheBytesOfTheWhole()
    {
        Gen.Select(Strategies.Any(Slices), Gen.Int[2, 4], Gen.Int[1, 9]).Sample(
            (strategy, shards, uz) =>
            {
                using VolumeScope scope = new(Extent);
                SegmentPlan plan = PlanFor(scope.Volume, strategy) with { OutputChunk = new Shape3(1, 16, 16), UnitShape = new Shape3(uz, 32, 61) };
                MemorySink whole = Run(plan, scope.Volume, new BlurSegmenter(), out _);
                MemorySink shared = new(plan.Region.Shape);
                for (int shard = shards - 1; shard >= 0; shard--)
                {
                    int own = shard;
                    SegmentStage stage = new(plan, scope.Volume, new BlurSegmenter(), shared)
                    {
                        Wants = unit => (unit.Index.Z + unit.Index.Y) % shards == own,
                    };
                    stage.RunAsync(null, Token).GetAwaiter().GetResult();
                }

                Assert.True(shared.IsComplete);
                Assert.Equal(whole.Voxels, shared.Voxels);
            },
            seed: "0N0XIzNsQ0O2", iter: 12, threads: 1);
    }

    [Fact]
    public async Task Run_Tuples_ShowTheModelTheirSlicesInOrder()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(5, 8, 8), new Shape3(2, 8, 8), (z, _, _) => (ushort)z);
        TupleSlices strategy = new() { Width = 3 };
        RecordingSegmenter segmenter = new();

        Run(PlanFor(volume, strategy, tile: 8), volume, segmenter, out _);

        Assert.Equal(
            ["0 0 1", "0 1 2", "1 2 3", "2 3 4", "3 4 4"], // the ends stand for what lies beyond them
            segmenter.Seen.Select(tile => $"{tile[0]} {tile[64]} {tile[128]}").Order());
    }

    [Fact]
    public async Task Run_FlatWindows_AreSupportedWhereAnyOfThemHasData()
    {
        // layers 0..1 have data in the left half, 2..3 in the middle, none at the right
        await using MemoryVolume volume = MemoryVolume.Of(
            new Shape3(4, 8, 24), new Shape3(1, 8, 24), (z, _, x) => (ushort)(x < 8 ? (z < 2 ? 7 : 0) : x < 16 ? (z >= 2 ? 7 : 0) : 0));
        SegmentPlan plan = PlanFor(volume, new LayerWindows { Width = 1 }, tile: 8) with { Support = SupportRule.NotEqualTo(0).GateFor(Statistics, volume.Info.Shape) };

        MemorySink sink = Run(plan, volume, new ConstantSegmenter(1), out SliceCounts counts);

        Assert.Equal(new Shape3(1, 8, 24), plan.Region.Shape);
        Assert.Equal(Enumerable.Range(0, 24).Select(x => (byte)(x < 16 ? 255 : 0)), sink.Voxels[..24]);
        Assert.Equal((1, 64), (counts.Slices, counts.ExcludedVoxels));
    }

    [Fact]
    public async Task Run_PlanWithTooFewRows_IsRefusedInsteadOfWaitingForever()
    {
        await using MemoryVolume volume = Noise();
        SegmentPlan plan = PlanFor(volume, new TupleSlices { Spacing = new StridedSpacing(8) }) with { RowHeight = 4, RowsInFlight = 2 };

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => new SegmentStage(plan, volume, new ConstantSegmenter(1), new MemorySink(plan.Region.Shape)).RunAsync(null, Token));
    }

    private static readonly VolumeStatistics Statistics = new()
    {
        Histogram = new VolumeHistogram(0, 1, [1]),
        Type = VoxelType.UInt16,
        SampledShare = 1,
    };

    private static MemoryVolume Noise() => MemoryVolume.Of(
        Extent, new Shape3(4, 16, 16), (z, y, x) => (ushort)(((uint)((z * 73856093) ^ (y * 19349663) ^ (x * 83492791)) >> 7) % 1000));

    private static SegmentPlan PlanFor(MemoryVolume volume, SliceStrategy strategy, int tile = 24, double overlap = 0.25)
    {
        SegmentOptions options = new()
        {
            Strategy = strategy,
            Tile = tile,
            Overlap = overlap,
            MemoryBudget = 1L << 30,
            Threads = 2,
            Support = SupportRule.None,
        };
        return SegmentPlanner.Plan(volume.Info, options, new BlurSegmenter(), Statistics, 0) with { IsPointwise = false };
    }

    private static SegmentPlan WithRows(SegmentPlan plan) => plan with
    {
        RowsInFlight = 1 + new SourceWindow(
            plan.Strategy.GroupsFor(plan.Volume.Shape.Z, plan.Region.Start.Z, plan.Region.End.Z)).RowsNeeded(plan.RowHeight),
    };

    private static MemorySink Run(SegmentPlan plan, MemoryVolume volume, ISliceSegmenter segmenter, out SliceCounts counts)
    {
        MemorySink sink = new(plan.Region.Shape);
        counts = new SegmentStage(plan, volume, segmenter, sink).RunAsync(null, Token).GetAwaiter().GetResult();
        return sink;
    }

    private sealed class VolumeScope(Shape3 shape) : IDisposable
    {
        public MemoryVolume Volume { get; } = shape == Extent ? Noise() : throw new NotSupportedException();

        public void Dispose() => Volume.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
