using CsCheck;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Segmentation.Support;
using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

/// <summary>How often the segment stage fetches each chunk, as a web server counts it.</summary>
public sealed class SegmentStageFetchTests : IAsyncDisposable
{
    private static readonly Shape3 Extent = new(26, 50, 61);
    private static readonly Shape3 Chunk = new(4, 16, 16);

    private readonly TemporaryFolder _folder = new();
    private readonly FolderServer _server;

    public SegmentStageFetchTests()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(Extent, VoxelType.UInt16);
        new Random(8).NextBytes(voxels.Bytes);
        AtomicFile files = new(FileOperations.System, Durability.None);
        ZarrArraySpec spec = new(Extent, Chunk, VoxelType.UInt16);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(_folder["scan.zarr"], spec, files);
        foreach ((int Z, int Y, int X) index in spec.Chunks.Touching(new Box3((0, 0, 0), Extent)))
        {
            using VoxelBuffer chunk = Crop(voxels, spec.Chunks.BoxOf(index));
            writer.WriteChunk(index, chunk);
        }

        _server = new FolderServer(_folder.Path);
    }

    public static TheoryData<TupleSlices> Triples { get; } =
        [Triplets(TupleSpacing.Adjacent, 1), Triplets(new StridedSpacing(3), 1), Triplets(new UniformSpacing(5), 2)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(12)] // three layers of chunks to a slab
    public async Task Run_Slabs_FetchesEveryChunkExactlyOnce(int slab)
    {
        await using VolumeReader volume = await OpenAsync();
        SegmentPlan plan = PlanFor(volume) with { UnitShape = new Shape3(slab, Extent.Y, Extent.X) };

        IReadOnlyDictionary<string, int> fetches = await FetchesAsync(plan, volume, Shard.Whole);

        Assert.Equal(volume.Info.Chunks.Count.VoxelCount, fetches.Count);
        Assert.All(fetches, fetch => Assert.Equal(1, fetch.Value));
    }

    /// <summary>What a tuple's reach takes from the neighbouring slabs is carried over, not fetched again.</summary>
    [Theory]
    [MemberData(nameof(Triples))]
    public async Task Run_SlabsOfTriplets_FetchesEveryChunkExactlyOnce(TupleSlices strategy)
    {
        await using VolumeReader volume = await OpenAsync();
        SegmentPlan plan = PlanFor(volume) with { Strategy = strategy, RowsInFlight = 7 };

        IReadOnlyDictionary<string, int> fetches = await FetchesAsync(plan, volume, Shard.Whole);

        Assert.Equal(volume.Info.Chunks.Count.VoxelCount, fetches.Count);
        Assert.All(fetches, fetch => Assert.Equal(1, fetch.Value));
    }

    [Fact]
    public async Task Run_SlabsOverAServerThatFails_AsksOnceMoreForWhatFailed()
    {
        _server.Fault = request => request.Key.EndsWith("/1/0/2", StringComparison.Ordinal) && request.Number < 3 ? Misbehaviour.Answer(503) : null;
        await using VolumeReader volume = await OpenAsync();

        IReadOnlyDictionary<string, int> fetches = await FetchesAsync(PlanFor(volume), volume, Shard.Whole);

        Assert.All(fetches, fetch => Assert.Equal(fetch.Key.EndsWith("/1/0/2", StringComparison.Ordinal) ? 3 : 1, fetch.Value));
    }

    [Fact]
    public void Run_AnyColumns_FetchesWhatItsCostSays()
    {
        SliceStrategy[] strategies =
        [
            new EverySlice(), new EverySlice { Stride = 2 }, new EverySlice { Stride = 5 }, Triplets(TupleSpacing.Adjacent, 1), Triplets(new UniformSpacing(4), 2),
        ];
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[0, strategies.Length - 1], Gen.Double[0, 0.6]).Sample(
            (uz, uy, ux, strategy, overlap) =>
            {
                VolumeReader volume = OpenAsync().GetAwaiter().GetResult();
                SegmentPlan plan = PlanFor(volume) with
                {
                    UnitShape = new Shape3(4 * uz, 16 * uy, 16 * ux),
                    Strategy = strategies[strategy],
                    RowsInFlight = 7,
                    TileRows = new TileGrid(Extent.Y, 16, overlap),
                    TileColumns = new TileGrid(Extent.X, 16, overlap),
                    Region = new Box3((1, 3, 5), new Shape3(23, 40, 50)),
                };

                IReadOnlyDictionary<string, int> fetches = FetchesAsync(plan, volume, Shard.Whole).GetAwaiter().GetResult();

                PlanCost cost = PlanCost.Of(plan, outputs: 2);
                Assert.Equal(cost.ChunkFetches, fetches.Values.Sum());
                Assert.Equal(cost.ChunksTouched, fetches.Count);
            },
            seed: "0N0XIzNsQ0O2", iter: 20, threads: 1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Run_Shards_FetchWhatTheirUnitsNeed(int count)
    {
        await using VolumeReader volume = await OpenAsync();
        SegmentPlan plan = PlanFor(volume) with { UnitShape = new Shape3(8, 32, 32) };
        for (int i = 0; i < count; i++)
        {
            Shard shard = new(i, count);

            IReadOnlyDictionary<string, int> fetches = await FetchesAsync(plan, volume, shard);

            // units begin and end where chunks do along z: a layer of chunks belongs to one of them
            long planned = plan.ListColumns().SelectMany(column => column).Where(unit => shard.Has(PlaceOf(unit, plan)))
                .Sum(unit => ChunksOf(plan, unit, volume.Info.Chunks));
            Assert.Equal(planned, fetches.Values.Sum());
        }
    }

    private static long PlaceOf(SegmentUnit unit, SegmentPlan plan) =>
        ((((long)unit.Index.Z * plan.Units.Count.Y) + unit.Index.Y) * plan.Units.Count.X) + unit.Index.X;

    private static long ChunksOf(SegmentPlan plan, SegmentUnit unit, ChunkGrid chunks)
    {
        Box3 own = plan.InVolume(unit.Box);
        return chunks.Touching(plan.ReadBoxOf(unit).With(Axis.Z, own.Start.Z, own.Shape.Z)).Count();
    }

    private static TupleSlices Triplets(TupleSpacing spacing, int draws) => new() { Draws = draws, Seed = 4, Spacing = spacing };

    private static SegmentPlan PlanFor(VolumeReader volume) => new()
    {
        Volume = volume.Info,
        Region = volume.Info.Bounds,
        OutputChunk = Chunk,
        UnitShape = new Shape3(8, Extent.Y, Extent.X),
        Strategy = new EverySlice(),
        TileRows = new TileGrid(Extent.Y, 16, 0.25),
        TileColumns = new TileGrid(Extent.X, 16, 0.25),
        Batch = 1,
        Workers = 2,
        Threads = 2,
        RowHeight = Chunk.Z,
        RowsInFlight = 2,
        Threshold = 0.5,
        Intensity = new IntensityRange(0, 1000),
        Support = SupportGate.None,
    };

    private static VoxelBuffer Crop(VoxelBuffer voxels, Box3 box)
    {
        VoxelBuffer part = VoxelBuffer.Rent(box.Shape, voxels.Type);
        int size = voxels.Type.ByteSize();
        for (int z = 0; z < box.Shape.Z; z++)
        {
            for (int y = 0; y < box.Shape.Y; y++)
            {
                voxels.Row(box.Start.Z + z, box.Start.Y + y).Slice(box.Start.X * size, box.Shape.X * size).CopyTo(part.Row(z, y));
            }
        }

        return part;
    }

    private Task<VolumeReader> OpenAsync() => VolumeFormats.OpenAsync(
        $"{_server.Address}/scan.zarr",
        new ReaderOptions { Remote = new() { Backoff = new Backoff { First = TimeSpan.FromMilliseconds(1) } } },
        Token);

    private async Task<IReadOnlyDictionary<string, int>> FetchesAsync(SegmentPlan plan, VolumeReader volume, Shard shard)
    {
        _server.ForgetRequests();
        MemorySink sink = new(plan.Region.Shape);
        SegmentStage stage = new(plan, volume, new ConstantSegmenter(1), sink) { Wants = unit => shard.Has(PlaceOf(unit, plan)) };
        await stage.RunAsync(null, Token);
        return _server.Gets;
    }
}
