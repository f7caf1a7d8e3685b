using System.Security.Cryptography;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Tests.Propagation;

/// <summary>Three squares: one drifts through all slices, one ends at slice 150, one becomes a wall at slice 120.</summary>
public sealed class PropagateRunTests : IDisposable
{
    private const int Side = 60;
    private const int Slices = 200;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mask")]
    [InlineData("box")]
    [InlineData("points")]
    public async Task Propagate_FromOneSeed_FollowsEachObjectToItsEnd(string by)
    {
        WriteSeeds(100);

        await RunAsync("a.zarr", $"by={by},limit=70", Shard.Whole);

        using VoxelBuffer mask = await MaskAsync("a.zarr");
        for (int z = 0; z < Slices; z++)
        {
            bool isReached = Math.Abs(z - 100) <= 70;
            Assert.True(isReached == Has(mask, z, Drifting(z)), $"drifting, {z}");
            Assert.True((isReached && z < 150) == Has(mask, z, Ending(z)), $"ending, {z}");
            Assert.True((isReached && z < 120) == Has(mask, z, Growing(z)), $"growing, {z}");
            Assert.False(Has(mask, z, (55, 55)), $"unasked, {z}");
        }
    }

    [Fact]
    public async Task Propagate_FromClicks_BeginsWithWhatTheNetworkAnswers()
    {
        await File.WriteAllTextAsync(_folder["seeds.json"], """{"objects": [{"slice": 140, "points": [[45, 12, 1]]}]}""", Token);

        await RunAsync("a.zarr", "by=box,limit=300", Shard.Whole, seeds: "seeds.json");

        using VoxelBuffer mask = await MaskAsync("a.zarr");
        for (int z = 0; z < Slices; z++)
        {
            Assert.Equal(z < 150, Has(mask, z, Ending(z)));
            Assert.False(Has(mask, z, Drifting(z)), $"{z}");
        }
    }

    /// <summary>Between two seeds a slice is reached from both; neither goes beyond the other.</summary>
    [Fact]
    public async Task Propagate_BetweenTwoSeeds_AnswersWithBoth()
    {
        WriteSeeds(100, (60, labels => labels == 2), (180, labels => labels == 1));

        await RunAsync("a.zarr", "limit=200", Shard.Whole);

        using VoxelBuffer mask = await MaskAsync("a.zarr");
        for (int z = 0; z < Slices; z++)
        {
            Assert.True((z > 60) == Has(mask, z, Drifting(z)), $"drifting, {z}"); // a seed says all that there is in its slice
            Assert.True(z < 150 == Has(mask, z, Ending(z)), $"ending, {z}");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Propagate_InAnyNumberOfShards_GivesTheSameBytes(int shards)
    {
        WriteSeeds(100, (20, _ => true), (180, _ => true));
        await RunAsync("a/m.zarr", "limit=50", Shard.Whole);

        await Parallel.ForAsync(0, shards, Token, async (shard, _) => await RunAsync("b/m.zarr", "limit=50", new Shard(shard, shards)));
        RunFolder run = RunFolder.TryOpen(_folder["b/m.run"], new AtomicFile(FileOperations.System))!;
        await new RunCompletion(run, new AtomicFile(FileOperations.System), new Silent()).FinishAsync(1, null, Token);

        Assert.Equal(Contents("a/m.zarr"), Contents("b/m.zarr"));
    }

    [Fact]
    public async Task Propagate_StoppedAgainAndAgain_GoesOnWhereItWas()
    {
        WriteSeeds(100, (20, _ => true));
        List<int> whole = [];
        await RunAsync("a/m.zarr", "limit=50", Shard.Whole, asked: whole.Add);
        List<int> inParts = [];
        Random random = new(3);
        for (int attempt = 0; ; attempt++)
        {
            using CancellationTokenSource drain = new();
            int most = random.Next(10, 250);
            try
            {
                int count = 0;
                await RunAsync("b/m.zarr", "limit=50", Shard.Whole, drain: drain, asked: slice =>
                {
                    inParts.Add(slice);
                    if (++count == most)
                    {
                        drain.Cancel();
                    }
                });
                break;
            }
            catch (RunStoppedException) when (attempt < 50)
            {
            }
        }

        Assert.Equal(Contents("a/m.zarr"), Contents("b/m.zarr"));
        Assert.Equal(whole, inParts); // nothing was answered twice
    }

    /// <summary>A process that was killed may have written chunks whose record is missing.</summary>
    [Fact]
    public async Task Propagate_RecordsLost_AreMadeAgain()
    {
        WriteSeeds(100);
        await RunAsync("a/m.zarr", "limit=50", Shard.Whole);
        using CancellationTokenSource drain = new();
        int count = 0;
        await Assert.ThrowsAsync<RunStoppedException>(
            () => RunAsync("b/m.zarr", "limit=50", Shard.Whole, drain: drain, asked: _ => Stop(drain, ++count == 150)));
        string[] records = [.. Directory.GetFiles(_folder["b/m.run/propagate/slices"]).Order(StringComparer.Ordinal)];
        File.Delete(records[^1]);
        File.Delete(records[records.Length / 2]); // one in the middle of a way

        await RunAsync("b/m.zarr", "limit=50", Shard.Whole);

        Assert.Equal(Contents("a/m.zarr"), Contents("b/m.zarr"));
    }

    [Fact]
    public async Task Propagate_WithoutASeedInTheRegion_IsRefusedBeforeTheRun()
    {
        WriteSeeds(100);

        InvalidRequestException problem = await Assert.ThrowsAsync<InvalidRequestException>(
            () => RunAsync("a.zarr", "limit=5", Shard.Whole, change: options => options with { Region = new Box3((0, 0, 0), new Shape3(50, Side, Side)) }));

        Assert.Contains("100", problem.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 49", problem.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["a.run/run.json"]));
    }

    [Fact]
    public async Task Propagate_WithATimeLimit_IsRefused()
    {
        WriteSeeds(100);

        InvalidRequestException problem = await Assert.ThrowsAsync<InvalidRequestException>(
            () => RunAsync("a.zarr", "limit=5", Shard.Whole, change: options => options with { TimeLimit = TimeSpan.FromHours(1) }));

        Assert.Contains("--time-limit", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_CountsWhatIsAnsweredOnTheWay()
    {
        WriteSeeds(100);
        await using MemoryVolume volume = Scan();
        SegmentRun run = new(Request("a.zarr", "limit=30", "seeds.zarr", Shard.Whole), volume, [new PromptedSource()], new Silent());

        (RunPlan plan, RunEstimate estimate) = await run.PlanAsync(Token);

        Assert.Equal((1, 60, 61), (plan.Propagation!.Walks.Count, plan.Propagation.Slices, plan.Propagation.Reached));
        Assert.Equal(60 * 4, plan.Propagation.Tiles);
        Assert.True(estimate.PropagateSeconds > 0);
    }

    [Fact]
    public async Task Recompute_OfAPropagatedRun_Agrees()
    {
        WriteSeeds(100);
        await RunAsync("a.zarr", "limit=30", Shard.Whole);
        await using MemoryVolume volume = Scan();

        IReadOnlyList<string> differences = await new SegmentRun(
            Request("a.zarr", "limit=30", "seeds.zarr", Shard.Whole), volume, [new PromptedSource()], new Silent()).RecomputeAsync(100, 0, Token);

        Assert.Empty(differences);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static (int Y, int X) Drifting(int z) => (40, 10 + (z / 10));

    private static (int Y, int X) Ending(int z) => (12, 45 - (z / 100));

    private static (int Y, int X) Growing(int z) => (14, 10 + (z / 200));

    private static uint LabelAt(int z, int y, int x) =>
        IsIn(Drifting(z), 5, y, x) ? 1u
        : z < 150 && IsIn(Ending(z), 4, y, x) ? 2u
        : IsIn(Growing(z), 4, y, x) || (z >= 120 && y is >= 2 and < 30 && x is >= 2 and < 34) ? 3u
        : IsIn((55, 55), 3, y, x) ? 4u
        : 0;

    private static bool IsIn((int Y, int X) centre, int radius, int y, int x) => Math.Abs(y - centre.Y) <= radius && Math.Abs(x - centre.X) <= radius;

    private static bool Has(VoxelBuffer mask, int z, (int Y, int X) place) => mask.Plane(z)[(place.Y * Side) + place.X] != 0;

    private static void Stop(CancellationTokenSource drain, bool isTime)
    {
        if (isTime)
        {
            drain.Cancel();
        }
    }

    private static MemoryVolume Scan() => MemoryVolume.Of(
        new Shape3(Slices, Side, Side), new Shape3(32, Side, Side), (z, y, x) => LabelAt(z, y, x) != 0 ? (ushort)200 : (ushort)(20 + ((x + y) % 30)));

    /// <summary>All objects but the fourth in one slice, and some of them in others.</summary>
    private void WriteSeeds(int slice, params (int Slice, Func<uint, bool> Has)[] others)
    {
        Shape3 shape = new(Slices, Side, Side);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(
            _folder["seeds.zarr"], new ZarrArraySpec(shape, new Shape3(1, Side, Side), VoxelType.UInt8), new AtomicFile(FileOperations.System, Durability.None));
        foreach ((int z, Func<uint, bool> has) in others.Prepend((slice, _ => true)))
        {
            using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, Side, Side), VoxelType.UInt8);
            for (int i = 0; i < Side * Side; i++)
            {
                uint label = LabelAt(z, i / Side, i % Side);
                voxels.Bytes[i] = label < 4 && has(label) ? (byte)label : (byte)0;
            }

            writer.WriteChunk((z, 0, 0), voxels);
        }
    }

    private SegmentRequest Request(string output, string settings, string seeds, Shard shard) => new()
    {
        Output = _folder[output],
        Model = "prompted",
        Durability = Durability.None,
        Shard = shard,
        Options = new SegmentOptions { MemoryBudget = 2L << 30, Tile = 48 },
        ModelSettings = new ModelSettings { Prompts = PromptRule.Parse($"propagate:{_folder[seeds]},{settings}"), Volume = Scan().Info },
    };

    private async Task RunAsync(
        string output,
        string settings,
        Shard shard,
        string seeds = "seeds.zarr",
        CancellationTokenSource? drain = null,
        Action<int>? asked = null,
        Func<SegmentOptions, SegmentOptions>? change = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[output])!);
        await using MemoryVolume volume = Scan();
        SegmentRequest request = Request(output, settings, seeds, shard) with { Drain = drain?.Token ?? CancellationToken.None };
        request = request with { Options = change?.Invoke(request.Options) ?? request.Options };
        await new SegmentRun(request, volume, [new PromptedSource { Asked = asked ?? (_ => { }) }], new Silent()).RunAsync(Token);
    }

    private async Task<VoxelBuffer> MaskAsync(string output)
    {
        await using ZarrVolume mask = await ZarrVolume.OpenAsync(Path.Combine(_folder[output], "labels/mask/0"), new ReaderOptions(), Token);
        VoxelBuffer voxels = VoxelBuffer.Rent(mask.Info.Shape, VoxelType.UInt8);
        await mask.ReadAsync(mask.Info.Bounds, voxels, Token);
        return voxels;
    }

    private string[] Contents(string output) =>
    [
        .. Directory.GetFiles(_folder[output], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(_folder[output], file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"),
    ];

    private sealed class Silent : IRunProgress
    {
        public void Begin(string name, long total, string unit)
        {
        }

        public void Advance(long done)
        {
        }

        public void Note(string text)
        {
        }
    }
}
