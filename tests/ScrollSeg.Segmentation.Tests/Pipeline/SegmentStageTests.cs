using CsCheck;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Segmentation.Support;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

public sealed class SegmentStageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    public async Task Run_Constant_Is153InEveryVoxelOfTheSupport(double overlap)
    {
        // no tile and no chunk divides this; zero outside a block is a masked scan's background
        await using MemoryVolume volume = MemoryVolume.Of(
            new Shape3(11, 83, 101), new Shape3(4, 16, 16), (z, y, x) => (ushort)(y is > 20 and < 70 && x is > 18 and < 90 ? 500 + z : 0));
        SegmentPlan plan = PlanFor(volume) with
        {
            TileRows = new TileGrid(83, 24, overlap),
            TileColumns = new TileGrid(101, 24, overlap),
            Support = new AutomaticGate(zeroIsEmpty: true, volume.Info.Shape),
        };

        MemorySink sink = await Run(plan, volume, new ConstantSegmenter(0.6f));

        for (int i = 0; i < sink.Voxels.Length; i++)
        {
            (int y, int x) = (i / 101 % 83, i % 101);
            Assert.Equal(y is > 20 and < 70 && x is > 18 and < 90 ? 153 : 0, sink.Voxels[i]);
        }
    }

    [Fact]
    public async Task Run_Threshold_EqualsTheVoxelwiseRule()
    {
        await using MemoryVolume volume = Noise(new Shape3(9, 50, 61));

        MemorySink sink = await Run(PlanFor(volume), volume, new ThresholdSegmenter(500, below: false));

        Assert.True(sink.IsComplete);
        int i = 0;
        for (int z = 0; z < 9; z++)
        {
            for (int y = 0; y < 50; y++)
            {
                for (int x = 0; x < 61; x++)
                {
                    Assert.Equal(NoiseAt(z, y, x) >= 500 ? 255 : 0, sink.Voxels[i++]);
                }
            }
        }
    }

    [Fact]
    public void Run_AnyUnitAndRowSize_GivesTheSameBytes()
    {
        Shape3 shape = new(13, 37, 45);
        byte[]? expected = null;
        Gen.Select(Gen.Int[1, 13], Gen.Int[1, 40], Gen.Int[1, 50], Gen.Int[1, 3], Gen.Int[1, 5], Gen.Int[1, 3]).Sample(
            (uz, uy, ux, workers, batch, rows) =>
            {
                using MemoryVolumeScope scope = new(Noise(shape));
                SegmentPlan plan = PlanFor(scope.Volume) with
                {
                    OutputChunk = new Shape3(1, 1, 1),
                    UnitShape = new Shape3(uz, uy, ux),
                    Workers = workers,
                    Batch = batch,
                    RowHeight = 4 * rows,
                };
                MemorySink sink = Run(plan, scope.Volume, new BlurSegmenter()).GetAwaiter().GetResult();
                expected ??= sink.Voxels;

                Assert.True(sink.IsComplete);
                Assert.Equal(expected, sink.Voxels);
            },
            seed: "0N0XIzNsQ0O2", iter: 25, threads: 1);
    }

    [Fact]
    public void Run_AnyPlan_FetchesAndComputesWhatItsCostSays()
    {
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 6], Gen.Double[0, 0.6]).Sample(
            (uz, uy, ux, stride, overlap) =>
            {
                using MemoryVolumeScope scope = new(Noise(new Shape3(26, 50, 61)));
                SegmentPlan plan = PlanFor(scope.Volume) with
                {
                    OutputChunk = new Shape3(4, 16, 16),
                    UnitShape = new Shape3(4 * uz, 16 * uy, 16 * ux),
                    Strategy = new EverySlice { Stride = stride },
                    TileRows = new TileGrid(50, 16, overlap),
                    TileColumns = new TileGrid(61, 16, overlap),
                    Region = new Box3((1, 3, 5), new Shape3(23, 40, 50)),
                };
                MemorySink sink = new(plan.Region.Shape);
                SliceCounts counts = new SegmentStage(plan, scope.Volume, new ConstantSegmenter(1), sink).RunAsync(null, Token).GetAwaiter().GetResult();

                PlanCost cost = PlanCost.Of(plan, outputs: 2);

                Assert.Equal(cost.ChunkFetches, scope.Volume.Fetches.Values.Sum());
                Assert.Equal(cost.ChunksTouched, scope.Volume.Fetches.Count);
                Assert.Equal(cost.Tiles, counts.Tiles);
                Assert.Equal(cost.Slices * plan.Units.Count.PlaneCount, counts.Slices);
            },
            seed: "0N0XIzNsQ0O2", iter: 30, threads: 1);
    }

    [Fact]
    public async Task Run_Region_EqualsTheSamePartOfTheWhole()
    {
        await using MemoryVolume volume = Noise(new Shape3(10, 60, 70));
        Box3 region = new((3, 11, 17), new Shape3(5, 30, 41));

        MemorySink whole = await Run(PlanFor(volume), volume, new BlurSegmenter());
        MemorySink part = await Run(
            PlanFor(volume) with { Region = region, UnitShape = new Shape3(2, 20, 20) }, volume, new BlurSegmenter());

        for (int z = 0; z < 5; z++)
        {
            for (int y = 0; y < 30; y++)
            {
                int at = ((((z + 3) * 60) + y + 11) * 70) + 17;
                Assert.Equal(whole.Voxels[at..(at + 41)], part.Voxels[(((z * 30) + y) * 41)..((((z * 30) + y) * 41) + 41)]);
            }
        }
    }

    [Fact]
    public async Task Run_Slabs_FetchEachChunkOnce()
    {
        await using MemoryVolume volume = Noise(new Shape3(30, 40, 40));

        // units of 7 slices over chunks of 4: every second border cuts a chunk
        await Run(PlanFor(volume) with { UnitShape = new Shape3(7, 40, 40) }, volume, new ThresholdSegmenter(500, below: false));

        Assert.Equal(volume.Info.Chunks.Count.VoxelCount, volume.Fetches.Count);
        Assert.All(volume.Fetches.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Run_Stride_LeavesTheSlicesBetweenEmptyAndReadsOnlyWhatItNeeds()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(12, 10, 10), new Shape3(1, 10, 10), (_, _, _) => 9);
        SegmentPlan plan = PlanFor(volume) with { Strategy = new EverySlice { Stride = 5 }, RowHeight = 1, UnitShape = new Shape3(4, 10, 10) };

        MemorySink sink = new(volume.Info.Shape);
        SliceCounts counts = await new SegmentStage(plan, volume, new ConstantSegmenter(1), sink).RunAsync(null, Token);

        Assert.Equal((3, 9), (counts.Slices, counts.EmptySlices));
        Assert.Equal([(0, 0, 0), (5, 0, 0), (10, 0, 0)], volume.Fetches.Keys.Order());
        Assert.Equal([0, 5, 10], Enumerable.Range(0, 12).Where(z => sink.Voxels[z * 100] == 255));
        Assert.True(sink.IsComplete);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Run_SliceSmallerThanATile_IsMirroredIntoIt(int width)
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(1, 3, width), new Shape3(1, 3, width), (_, y, x) => (ushort)((y * 10) + x));
        SegmentPlan plan = PlanFor(volume) with { TileRows = new TileGrid(3, 8, 0), TileColumns = new TileGrid(width, 8, 0) };
        RecordingSegmenter segmenter = new();

        await Run(plan, volume, segmenter);

        int[] columns = width == 1 ? [0, 0, 0, 0, 0, 0, 0, 0] : [0, 1, 2, 3, 4, 3, 2, 1];
        int[] rows = [0, 1, 2, 1, 0, 1, 2, 1];
        Assert.Equal(rows.SelectMany(y => columns.Select(x => (float)((y * 10) + x))), segmenter.Seen.Single());
    }

    [Fact]
    public async Task Run_Logits_BecomeProbabilities()
    {
        await using MemoryVolume volume = Noise(new Shape3(2, 20, 20));

        MemorySink sink = await Run(PlanFor(volume), volume, new LogitSegmenter(1.5f));

        Assert.All(sink.Voxels, value => Assert.Equal(Probability.ToByte(1 / (1 + Math.Exp(-1.5))), value));
    }

    [Fact]
    public async Task Run_NaN_NamesTheUnitAndTheSlice()
    {
        await using MemoryVolume volume = Noise(new Shape3(3, 20, 20));

        ArithmeticException e = await Assert.ThrowsAnyAsync<ArithmeticException>(() => Run(PlanFor(volume), volume, new LogitSegmenter(float.NaN)));

        Assert.Matches("unit 0-0-0, slice [01], tile row 0, column 0", e.Message); // two workers
    }

    [Fact]
    public async Task Run_DamagedChunk_FailsAndLeavesNoBufferBehind()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(40, 20, 20), VoxelType.UInt16);
        await using MemoryVolume volume = new(voxels, new Shape3(4, 8, 8)) { Damaged = (7, 0, 1) };
        CountingAllocator allocator = new();
        SegmentStage stage = new(
            PlanFor(volume), volume, new ConstantSegmenter(0.5f), new MemorySink(volume.Info.Shape), allocator);

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => stage.RunAsync(null, Token));

        Assert.Contains("(7, 0, 1)", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, allocator.Outstanding);
    }

    [Fact]
    public async Task Run_SinkThatFails_StopsAndLeavesNoBufferBehind()
    {
        await using MemoryVolume volume = Noise(new Shape3(40, 20, 20));
        CountingAllocator allocator = new();
        SegmentStage stage = new(
            PlanFor(volume), volume, new ConstantSegmenter(0.5f), new MemorySink(volume.Info.Shape) { FailAtUnit = 2 }, allocator);

        IOException e = await Assert.ThrowsAsync<IOException>(() => stage.RunAsync(null, Token));

        Assert.Equal("No space left on device", e.Message);
        Assert.Equal(0, allocator.Outstanding);
    }

    [Fact]
    public async Task Run_Cancelled_StopsAndLeavesNoBufferBehind()
    {
        await using MemoryVolume volume = Noise(new Shape3(40, 20, 20));
        CountingAllocator allocator = new();
        using CancellationTokenSource stop = new();
        CancelAfter progress = new(stop, slices: 9);
        SegmentStage stage = new(PlanFor(volume), volume, new ConstantSegmenter(0.5f), new MemorySink(volume.Info.Shape), allocator);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.RunAsync(progress, stop.Token));

        Assert.Equal(0, allocator.Outstanding);
    }

    [Fact]
    public async Task Run_SinkThatFailsWhileOthersWork_IsAlwaysTheFailureReported()
    {
        await using MemoryVolume volume = Noise(new Shape3(8, 20, 160));
        CountingAllocator allocator = new();
        SegmentPlan plan = PlanFor(volume) with { UnitShape = new Shape3(8, 20, 16) };
        SegmentStage stage = new(plan, volume, new ConstantSegmenter(0.5f), new SlowlyFailingSink(), allocator);

        await Assert.ThrowsAsync<IOException>(() => stage.RunAsync(null, Token));

        Assert.Equal(0, allocator.Outstanding);
    }

    [Fact]
    public async Task Run_CancelledBehindTheLastComputedUnit_DoesNotPassForDone()
    {
        await using MemoryVolume volume = Noise(new Shape3(16, 20, 20));
        using CancellationTokenSource stop = new();
        CancellingSink sink = new(stop);

        // two units: while the first is written the second is computed, and only then the run is cancelled
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new SegmentStage(PlanFor(volume), volume, new ConstantSegmenter(0.5f), sink).RunAsync(sink, stop.Token));

        Assert.Equal(1, sink.Units);
    }

    [Fact]
    public async Task Run_Region_ReadsNoSliceOutsideIt()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(40, 10, 10), new Shape3(2, 10, 10), (_, _, _) => 9);
        SegmentPlan plan = PlanFor(volume) with { Region = new Box3((13, 0, 0), new Shape3(6, 10, 10)), RowHeight = 16 };

        await Run(plan, volume, new ConstantSegmenter(1));

        Assert.Equal([6, 7, 8, 9], volume.Fetches.Keys.Select(chunk => chunk.Z).Order());
    }

    [Fact]
    public async Task Run_LongVolume_HoldsNoMoreThanAShortOne()
    {
        long[] peaks = new long[2];
        for (int i = 0; i < 2; i++)
        {
            await using MemoryVolume volume = Noise(new Shape3(i == 0 ? 24 : 120, 32, 32));
            CountingAllocator allocator = new();
            MemorySink sink = new(volume.Info.Shape);
            await new SegmentStage(PlanFor(volume), volume, new ConstantSegmenter(0.5f), sink, allocator).RunAsync(null, Token);
            peaks[i] = allocator.PeakBytes;
        }

        // rows of 4 slices, units of 8: two of each, and two tiles per worker
        long bound = (2 * 4 * 32 * 32 * 2) + (2 * 8 * 32 * 32) + (2 * 2 * 16 * 16 * 2);
        Assert.All(peaks, peak => Assert.InRange(peak, 1, bound));
    }

    [Fact]
    public async Task Run_Network_IsNeverAskedTwiceAtOnceAndOverlapsWithTheRest()
    {
        await using MemoryVolume volume = Noise(new Shape3(24, 40, 40));
        SegmentPlan plan = PlanFor(volume) with { Workers = 1, UnitShape = volume.Info.Shape };
        int tilesPerSlice = plan.TileRows.Covering(0, 40).Count * plan.TileColumns.Covering(0, 40).Count;
        plan = plan with { Batch = 2 * tilesPerSlice };
        CountedSlices slices = new();
        WaitingNetwork network = new(slices);
        MemorySink sink = new(plan.Region.Shape);

        await new SegmentStage(plan, volume, network, sink).RunAsync(slices, Token);

        Assert.True(sink.IsComplete);
        Assert.Equal((12, 1), (network.Calls, network.MostAtOnce));
        Assert.Equal(11, network.Overlapping); // all but the last one, after which nothing is left to cut
    }

    private sealed class CountedSlices : IProgress<long>
    {
        private long _done;

        public long Done => Volatile.Read(ref _done);

        public void Report(long value) => Volatile.Write(ref _done, value);
    }

    /// <summary>Computes until a slice that is not in its batch was cut into tiles.</summary>
    private sealed class WaitingNetwork(CountedSlices slices) : ISliceSegmenter
    {
        private int _now;

        public int Calls { get; private set; }

        public int MostAtOnce { get; private set; }

        public int Overlapping { get; private set; }

        public string Identity => "waiting";

        public ScoreKind Scores => ScoreKind.Probability;

        public int? ViewSide => null;

        public int MaxChannels => 1;

        public long WorkingBytes(int tileCount, int side) => 0;

        public void Segment(TileBatch tiles, Span<float> scores)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _now));
            Calls++;
            Overlapping += SpinWait.SpinUntil(() => slices.Done > 2 * Calls, Calls == 12 ? 0 : 10_000) ? 1 : 0;
            scores.Fill(0.5f);
            Interlocked.Decrement(ref _now);
        }

        public void Dispose()
        {
        }
    }

    private static int NoiseAt(int z, int y, int x) => (int)(((uint)((z * 73856093) ^ (y * 19349663) ^ (x * 83492791)) >> 7) % 1000);

    private static MemoryVolume Noise(Shape3 shape) =>
        MemoryVolume.Of(shape, new Shape3(4, 16, 16), (z, y, x) => (ushort)NoiseAt(z, y, x));

    private static SegmentPlan PlanFor(MemoryVolume volume) => new()
    {
        Volume = volume.Info,
        Region = volume.Info.Bounds,
        OutputChunk = new Shape3(8, 16, 16),
        UnitShape = new Shape3(8, volume.Info.Shape.Y, volume.Info.Shape.X),
        Strategy = new EverySlice(),
        TileRows = new TileGrid(volume.Info.Shape.Y, 16, 0.25),
        TileColumns = new TileGrid(volume.Info.Shape.X, 16, 0.25),
        Batch = 1,
        Workers = 2,
        Threads = 2,
        RowHeight = volume.Info.ChunkShape.Z,
        RowsInFlight = 2,
        Threshold = 0.5,
        Intensity = new IntensityRange(0, 1000),
        Support = SupportGate.None,
    };

    private static async Task<MemorySink> Run(SegmentPlan plan, MemoryVolume volume, ISliceSegmenter segmenter)
    {
        MemorySink sink = new(plan.Region.Shape);
        await new SegmentStage(plan, volume, segmenter, sink).RunAsync(null, Token);
        return sink;
    }

    private sealed class MemoryVolumeScope(MemoryVolume volume) : IDisposable
    {
        public MemoryVolume Volume => volume;

        public void Dispose() => volume.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Fails, and lets whoever computes learn of it well before the writing task has ended.</summary>
    private sealed class SlowlyFailingSink : IUnitSink
    {
        private int _units;

        public ValueTask WriteAsync(SegmentUnit unit, UnitOutput output, SliceCounts counts, CancellationToken cancellationToken)
        {
            if (_units++ == 0)
            {
                _ = cancellationToken.Register(() => Thread.Sleep(300)); // the last to be called, since it is the oldest
            }

            return _units < 5 ? ValueTask.CompletedTask : throw new IOException("No space left on device");
        }
    }

    /// <summary>Cancels at the end of its first write, once every slice is computed.</summary>
    private sealed class CancellingSink(CancellationTokenSource stop) : IUnitSink, IProgress<long>
    {
        private readonly TaskCompletionSource _computed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Units { get; private set; }

        public void Report(long value)
        {
            if (value == 16)
            {
                _computed.SetResult();
            }
        }

        public async ValueTask WriteAsync(SegmentUnit unit, UnitOutput output, SliceCounts counts, CancellationToken cancellationToken)
        {
            Units++;
            await _computed.Task;
            await Task.Delay(200, CancellationToken.None); // the last slice is reported a little before its unit is handed over
            await stop.CancelAsync();
        }
    }

    private sealed class CancelAfter(CancellationTokenSource stop, int slices) : IProgress<long>
    {
        public void Report(long value)
        {
            if (value >= slices)
            {
                stop.Cancel();
            }
        }
    }
}
