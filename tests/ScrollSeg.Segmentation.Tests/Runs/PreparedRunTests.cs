using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Tests.Runs;

public sealed class PreparedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Prepare_BeginsTheRunAndComputesNothing()
    {
        await using MemoryVolume volume = Ramp();

        RunFolder run = await Run(volume, Request() with { Shard = new Shard(0, 3), Arguments = ["scan.zarr", "--model", "otsu"] }).PrepareAsync(Token);
        RunFolder again = await Run(volume, Request() with { Shard = new Shard(0, 7) }).PrepareAsync(Token);

        Assert.Equal((3, 3), (run.Manifest.Shards, again.Manifest.Shards)); // what a run is, is said once
        Assert.Equal(["scan.zarr", "--model", "otsu"], again.Manifest.Arguments);
        Assert.Empty(run.Segment.ReadRecords());
        Assert.False(Path.Exists(_folder["masks.zarr.partial"]));
    }

    [Fact]
    public async Task ListShardsLeft_NamesThoseWithUnitsMissing()
    {
        await using MemoryVolume volume = Ramp();
        RunFolder run = await Run(volume, Request()).PrepareAsync(Token);
        RunCompletion completion = new(run, new AtomicFile(FileOperations.System), new Silent());
        IReadOnlyList<int> before = completion.ListShardsLeft(4);

        await Run(volume, Request() with { Shard = new Shard(1, 4) }).RunAsync(Token);

        Assert.Equal([0, 1, 2, 3], before);
        Assert.Equal([0, 2, 3], completion.ListShardsLeft(4));
        Assert.Equal([0, 1, 2, 3, 4], completion.ListShardsLeft(100).Append(1).Order()); // five units: the rest have none
    }

    [Fact]
    public async Task Run_StoreCompletedByAnother_FailsAndBringsNothingBack()
    {
        await using MemoryVolume volume = Ramp();
        await Run(volume, Request()).PrepareAsync(Token);
        bool completed = false;
        SegmentRequest late = Request() with { Durability = Durability.None, Files = new Between(() =>
        {
            if (!completed)
            {
                completed = true; // the units of this process are under way; another one does all of it, and finishes
                Run(volume, Request() with { Shard = new Shard(0, 2) }).RunAsync(Token).GetAwaiter().GetResult();
                Run(volume, Request() with { Shard = new Shard(1, 2) }).RunAsync(Token).GetAwaiter().GetResult();
                new RunCompletion(RunFolder.TryOpen(_folder["masks.run"], new AtomicFile(FileOperations.System))!, new AtomicFile(FileOperations.System), new Silent())
                    .FinishAsync(1, null, Token).GetAwaiter().GetResult();
            }
        }) };

        IOException e = await Assert.ThrowsAsync<IOException>(() => Run(volume, late).RunAsync(Token));

        Assert.True(completed);
        Assert.Contains("masks.zarr.partial", e.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["masks.zarr.partial"]));
        Assert.True(Path.Exists(_folder["masks.zarr"]));
    }

    [Theory]
    [InlineData(1, 3, 2)]
    [InlineData(0, 1, 5)]
    public void Shard_Parts_AreTheShard(int index, int count, int parts)
    {
        Shard shard = new(index, count);

        for (int place = 0; place < 60; place++)
        {
            int owners = Enumerable.Range(0, parts).Count(part => shard.Part(part, parts).Has(place));
            Assert.Equal(shard.Has(place) ? 1 : 0, owners);
        }
    }

    private static MemoryVolume Ramp() =>
        MemoryVolume.Of(new Shape3(300, 20, 30), new Shape3(64, 20, 30), (z, y, x) => (ushort)(100 + ((x + (3 * z)) % 50)));

    private SegmentRequest Request() => new()
    {
        Output = _folder["masks.zarr"],
        Model = "threshold:120",
        Options = new SegmentOptions { MemoryBudget = 2L << 30, Tile = 16 },
    };

    private static SegmentRun Run(VolumeReader volume, SegmentRequest request) => new(request, volume, [new BaselineModelSource()], new Silent());

    /// <summary>Does something right behind each chunk that is written.</summary>
    private sealed class Between(Action action) : FileOperations
    {
        public override void Rename(string source, string destination)
        {
            base.Rename(source, destination);
            if (destination.EndsWith("/0/0", StringComparison.Ordinal))
            {
                action();
            }
        }
    }

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
