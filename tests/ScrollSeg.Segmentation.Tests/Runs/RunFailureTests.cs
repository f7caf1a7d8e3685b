using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>Units that fail are set aside, and only they.</summary>
public sealed class RunFailureTests : SegmentRunFixture
{
    [Fact]
    public async Task Run_WithABadChunk_CompletesTheOtherUnitsAndListsTheFailedOne()
    {
        await using MemoryVolume volume = Tower();
        await RunAsync(volume, "threshold:100");
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        AtSegment damage = new(() => volume.Failure = index => index.Z == 4 ? new VolumeFormatException("scan.zarr/4/0/0", "chunk is damaged") : null);

        UnitsFailedException e = await Assert.ThrowsAsync<UnitsFailedException>(() => RunAsync(volume, "threshold:100", progress: damage));

        Assert.Contains("1 of 5 units failed", e.Message, StringComparison.Ordinal);
        Assert.Contains("2-0-0: scan.zarr/4/0/0: chunk is damaged", e.Message, StringComparison.Ordinal);
        RunStatus status = Completion().GetStatus();
        Assert.Equal((4L, 1L, "2-0-0"), (status.Done, status.MissingCount, Assert.Single(status.Missing)));
        Assert.Equal((FailureKind.BadInput, 1), (status.Failed[0].Kind, Assert.Single(status.Failed).Attempts));
        Assert.Equal([(2L, "2-0-0")], Completion().ListMissing());
        Assert.False(Directory.Exists(Output));

        volume.Failure = null; // the chunk was restored
        await RunAsync(volume, "threshold:100");

        Assert.Equal(unbroken, Hashes());
        Assert.Empty(Completion().GetStatus().Failed);
        Assert.Equal(2, Run().Segment.ReadRecord("2-0-0")!.Attempts);
        Assert.Equal(1, Run().Segment.ReadRecord("1-0-0")!.Attempts);
    }

    /// <summary>The statistics come first, and see the damage first: it must not cost the run either.</summary>
    [Fact]
    public async Task Run_WithAChunkThatWasBadFromTheStart_CompletesTheOtherUnits()
    {
        await using MemoryVolume volume = Tower();
        await RunAsync(volume, "threshold:100");
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        volume.Failure = index => index.Z == 4 ? new VolumeFormatException("scan.zarr/4/0/0", "chunk is damaged") : null;

        UnitsFailedException e = await Assert.ThrowsAsync<UnitsFailedException>(() => RunAsync(volume, "threshold:100"));

        Assert.Contains("1 of 5 units failed", e.Message, StringComparison.Ordinal);
        Assert.Equal((4L, 1L), (Completion().GetStatus().Done, Completion().GetStatus().MissingCount));
        volume.Failure = null;
        await RunAsync(volume, "threshold:100");
        Assert.Equal(unbroken, Hashes());
    }

    [Fact]
    public async Task Run_WhoseOnlyUnitIsBad_EndsWithTheUnitsOwnFailure()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(40, 20, 20), new Shape3(32, 20, 20), (z, y, x) => (ushort)ValueAt(z, y, x));
        AtSegment damage = new(() => volume.Failure = _ => new VolumeFormatException("scan.zarr/0/0/0", "chunk is damaged"));

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => RunAsync(volume, "threshold:100", progress: damage));

        Assert.Contains("chunk is damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhoseStoreGoesAway_StopsInsteadOfSettingAllAside()
    {
        await using MemoryVolume volume = Tower();
        AtSegment goesAway = new(() => volume.Failure = index => index.Z >= 2 ? new IOException("The server does not answer.") : null);

        IOException e = await Assert.ThrowsAsync<IOException>(() => RunAsync(volume, "threshold:100", progress: goesAway));

        Assert.Contains("does not answer", e.Message, StringComparison.Ordinal);
        Assert.Equal(["1-0-0", "2-0-0", "3-0-0"], Completion().GetStatus().Failed.Select(failure => failure.Unit));
    }

    [Fact]
    public async Task Run_WhoseNetworkAnswersNaN_NamesTheUnit()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(300, 20, 20), new Shape3(32, 20, 20), (z, _, _) => (ushort)(z + 1));

        UnitsFailedException e = await Assert.ThrowsAsync<UnitsFailedException>(
            () => RunAsync(volume, "nan", models: new OneModel(new NaNAt(slice: 150))));

        Assert.Contains("NaN in unit 2-0-0, slice 150", e.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Network, Assert.Single(Completion().GetStatus().Failed).Kind);
    }

    [Fact]
    public async Task Run_Drained_DoesNotTakeAFailedUnitForTheReason()
    {
        await using MemoryVolume volume = Tower();
        using CancellationTokenSource drain = new();
        AtSegment damage = new(() => volume.Failure = index => index.Z == 0 ? new VolumeFormatException("scan", "is damaged") : null)
        {
            Then = done =>
            {
                if (done >= 70)
                {
                    drain.Cancel();
                }
            },
        };

        RunStoppedException e = await Assert.ThrowsAsync<RunStoppedException>(
            () => RunAsync(volume, "threshold:100", request => request with { Drain = drain.Token }, damage));

        Assert.Contains("(1 of them failed)", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Does something as the segment stage begins, and as it goes on.</summary>
    private sealed class AtSegment(Action action) : SilentProgress
    {
        private bool _begun;

        public Action<long>? Then { get; init; }

        public override void Begin(string name, long total, string unit)
        {
            if (name == "segment")
            {
                _begun = true;
                action();
            }
        }

        public override void Advance(long done)
        {
            if (_begun)
            {
                Then?.Invoke(done);
            }
        }
    }

    private sealed class OneModel(ISliceSegmenter model) : IModelSource
    {
        public IReadOnlyList<string> Accepts => ["nan"];

        public ISliceSegmenter? OpenSliceSegmenter(string name, ModelSettings settings) => model;
    }

    /// <summary>Answers NaN where it sees the voxels of one slice.</summary>
    private sealed class NaNAt(int slice) : ISliceSegmenter
    {
        public string Identity => "nan";

        public ScoreKind Scores => ScoreKind.Probability;

        public int? ViewSide => null;

        public int MaxChannels => 1;

        public long WorkingBytes(int tileCount, int side) => 0;

        public void Segment(TileBatch tiles, Span<float> scores)
        {
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                Span<ushort> voxels = tiles.Voxels.Plane<ushort>(tile);
                scores.Slice(tile * voxels.Length, voxels.Length).Fill(voxels[0] == slice + 1 ? float.NaN : 0.5f);
            }
        }

        public void Dispose()
        {
        }
    }
}
