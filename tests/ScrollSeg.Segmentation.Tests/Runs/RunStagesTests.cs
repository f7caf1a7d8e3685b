using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>Statistics and pyramid have units, records and shards as the segment stage has.</summary>
public sealed class RunStagesTests : SegmentRunFixture
{
    /// <summary>Long enough for two units of the pyramid.</summary>
    private static MemoryVolume Long() =>
        MemoryVolume.Of(new Shape3(600, 12, 20), new Shape3(32, 12, 20), (z, y, x) => (ushort)ValueAt(z, y, x));

    [Fact]
    public async Task Records_NameEveryObjectOfEveryLevel()
    {
        await using MemoryVolume volume = Long();
        await RunAsync(volume, "threshold:100");

        HashSet<string> named = [.. Run().Segment.ReadRecords().Concat(Run().Pyramid.ReadRecords())
            .SelectMany(record => record.Objects).Where(o => o.Bytes > 0).Select(o => o.Key)];

        IEnumerable<string> stored = Directory.GetFiles(Output, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Output, path)).Where(path => !Path.GetFileName(path).StartsWith('.'));
        Assert.Equal(stored.Order(), named.Order());
        Assert.Contains("0-0-0", Run().Pyramid.ReadRecords().Select(record => record.Unit));
        Assert.Contains("1-0-0", Run().Pyramid.ReadRecords().Select(record => record.Unit));
        Assert.Empty(Verify(VerificationLevel.Full));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Pyramid_BuiltInShards_IsTheSame(int count)
    {
        await using MemoryVolume volume = Long();
        await RunAsync(volume, "otsu");
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        for (int index = 0; index < 2; index++)
        {
            await RunAsync(volume, "otsu", request => request with { Shard = new Shard(index, 2) });
        }

        for (int index = count - 1; index > 0; index--)
        {
            RunStoppedException early = await Assert.ThrowsAsync<RunStoppedException>(
                () => Completion().FinishAsync(1, new Shard(index, count), Token));
            Assert.Contains("units of the pyramid are missing", early.Message, StringComparison.Ordinal);
        }

        await Completion().FinishAsync(1, new Shard(0, count), Token);

        Assert.Equal(unbroken, Hashes());
    }

    [Fact]
    public async Task Pyramid_Drained_GoesOnWhereItStopped()
    {
        await using MemoryVolume volume = Long();
        await RunAsync(volume, "otsu");
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        using CancellationTokenSource drain = new();
        DrainInPyramid progress = new(drain);

        await Assert.ThrowsAsync<RunStoppedException>(
            () => RunAsync(volume, "otsu", request => request with { Drain = drain.Token }, progress));
        Assert.Equal("0-0-0", Assert.Single(Run().Pyramid.ReadRecords()).Unit);
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(Output + ".partial", "1", "0", "0", "0"));
        await RunAsync(volume, "otsu");

        Assert.Equal(unbroken, Hashes());
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(Output, "1", "0", "0", "0")));
    }

    [Fact]
    public async Task Statistics_Stopped_GoOnWithThePartsThatWereCounted()
    {
        await using MemoryVolume volume = Tower();
        AtomicFile files = new(FileOperations.System);
        StatisticsOptions options = new() { SampleBlockBytes = 25_600, PartBytes = 51_200, BlockBytes = 25_600 };
        VolumeStatistics whole = await StageOf(volume, options, null).RunAsync(null, Token);
        volume.Failure = index => index.Z == 7 ? new IOException("away") : null;
        await Assert.ThrowsAsync<IOException>(
            () => StageOf(volume, options, new StatisticsParts(Folder.Path, "key", begin: 0, files)).RunAsync(null, Token));
        volume.Failure = null;
        int fetched = volume.Fetches[(1, 0, 0)];

        VolumeStatistics resumed = await StageOf(volume, options, new StatisticsParts(Folder.Path, "key", begin: 0, files)).RunAsync(null, Token);
        VolumeStatistics shared = await StageOf(volume, options, new StatisticsParts(Folder.Path, "key", begin: 0.5, files)).RunAsync(null, Token);
        VolumeStatistics other = await StageOf(volume, options, new StatisticsParts(Folder.Path, "other", begin: 0.5, files)).RunAsync(null, Token);

        Assert.All(new[] { resumed, shared, other }, statistics => Assert.Equal(whole.Histogram.Counts, statistics.Histogram.Counts));
        Assert.Equal(fetched + 1, volume.Fetches[(1, 0, 0)]); // by the one with another key only; the probe of the border leaves it alone
    }

    [Fact]
    public async Task Statistics_OfFloats_GoOnToo()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(96, 8, 8), VoxelType.Float32);
        Span<float> values = voxels.Voxels<float>();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i % 7 == 0 ? float.NaN : MathF.Sin(i);
        }

        await using MemoryVolume volume = new(voxels, new Shape3(32, 8, 8));
        AtomicFile files = new(FileOperations.System);
        StatisticsOptions options = new() { SampleBlockBytes = 8192, PartBytes = 8192, BlockBytes = 8192 };
        VolumeStatistics whole = await StageOf(volume, options, null).RunAsync(null, Token);
        await StageOf(volume, options, new StatisticsParts(Folder.Path, "key", begin: 0.4, files)).RunAsync(null, Token);
        volume.Failure = _ => new IOException("nothing is read again but the border");

        IOException e = await Assert.ThrowsAsync<IOException>(
            () => StageOf(volume, options, new StatisticsParts(Folder.Path, "key", begin: 0, files)).RunAsync(null, Token));

        Assert.Contains("border", e.Message, StringComparison.Ordinal);
        volume.Failure = null;
        int fetches = volume.Fetches.Values.Sum();
        VolumeStatistics resumed = await StageOf(volume, options, new StatisticsParts(Folder.Path, "key", begin: 0, files)).RunAsync(null, Token);
        Assert.Equal(whole.Histogram.Counts, resumed.Histogram.Counts);
        Assert.Equal((whole.Histogram.First, whole.Histogram.Step, whole.NaNVoxels), (resumed.Histogram.First, resumed.Histogram.Step, resumed.NaNVoxels));
        Assert.True(volume.Fetches.Values.Sum() > fetches);
    }

    [Fact]
    public async Task Verify_Index_FindsAFrameThatIsNone()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "otsu");
        Assert.Empty(Verify(VerificationLevel.Index));
        string chunk = Path.Combine(Output, "labels", "mask", "1", "0", "0", "0");
        byte[] content = File.ReadAllBytes(chunk);
        content[4] ^= 1; // the decoded length
        File.WriteAllBytes(chunk, content);

        Assert.Empty(Verify(VerificationLevel.Quick));
        string problem = Assert.Single(Verify(VerificationLevel.Index));
        Assert.StartsWith(chunk, problem, StringComparison.Ordinal);
        Assert.Contains("decoded length", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recompute_FindsAChunkThatIsIntactAndWrong()
    {
        await using MemoryVolume volume = Tower();
        await RunAsync(volume, "threshold:100");
        SegmentRequest request = new()
        {
            Output = Output,
            Model = "threshold:100",
            Options = new SegmentOptions { MemoryBudget = 2L << 30, Tile = 48 },
        };
        SegmentRun run = new(request, volume, [new BaselineModelSource()], new SilentProgress());
        Assert.Empty(await run.RecomputeAsync(sample: 5, seed: 0, Token));

        // another unit's chunk, whole and decodable, in the place of this one
        File.Copy(Path.Combine(Output, "0", "3", "0", "0"), Path.Combine(Output, "0", "1", "0", "0"), overwrite: true);

        Assert.StartsWith("unit 1-0-0: ", Assert.Single(await run.RecomputeAsync(sample: 5, seed: 0, Token)), StringComparison.Ordinal);
        Assert.Empty(await run.RecomputeAsync(sample: 0, seed: 0, Token));
        SegmentRun other = new(request with { Model = "threshold:99" }, volume, [new BaselineModelSource()], new SilentProgress());
        await Assert.ThrowsAsync<RunConflictException>(() => other.RecomputeAsync(sample: 1, seed: 0, Token));
    }

    [Fact]
    public async Task RunFolder_OfAnotherFormat_IsRefused()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "otsu");
        string manifest = Folder[Path.Combine("masks.run", "run.json")];
        await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest, Token)).Replace(
            $"\"format\": {RunManifest.CurrentFormat}", "\"format\": 1", StringComparison.Ordinal), Token);

        VolumeFormatException e = Assert.Throws<VolumeFormatException>(Run);

        Assert.Contains($"has format 1; this program reads {RunManifest.CurrentFormat}", e.Message, StringComparison.Ordinal);
    }

    private static StatisticsStage StageOf(MemoryVolume volume, StatisticsOptions options, StatisticsParts? parts) =>
        new(volume, volume.Info.Bounds, options) { Parts = parts };

    private sealed class DrainInPyramid(CancellationTokenSource drain) : SilentProgress
    {
        private string _stage = "";

        public override void Begin(string name, long total, string unit) => _stage = name;

        public override void Advance(long done)
        {
            if (_stage == "pyramid")
            {
                drain.Cancel();
            }
        }
    }
}
