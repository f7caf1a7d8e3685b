using CsCheck;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Tests.Pipeline;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>Runs whose slices lie along y or x.</summary>
public sealed class RunAxisTests : SegmentRunFixture
{
    [Fact]
    public void Run_ExactModelAlongAnyAxis_StoresTheSameBytes()
    {
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[1, 150], Gen.Int[1, 50], Gen.Int[0, 2], Gen.Bool).Sample(
            (depth, height, width, chunk, model, cut) =>
            {
                using Scope scope = new(MemoryVolume.Of(
                    new Shape3(depth, height, width), new Shape3(chunk, 1 + (chunk * 3 % 64), 1 + (chunk * 7 % 64)), (z, y, x) => (ushort)ValueAt(z, y, x)));
                string name = new[] { "otsu", "threshold:90", "constant:0.3" }[model];
                List<Dictionary<string, string>> hashes = [];
                foreach (Axis axis in Enum.GetValues<Axis>())
                {
                    StartAnew();
                    if (cut)
                    {
                        PrepareCut(scope.Volume, name, request => Along(request, axis));
                    }

                    RunAsync(scope.Volume, name, request => Along(request, axis)).GetAwaiter().GetResult();
                    hashes.Add(VoxelHashes());
                }

                Assert.NotEmpty(hashes[0]);
                Assert.Equal(hashes[0], hashes[1]);
                Assert.Equal(hashes[0], hashes[2]);
            },
            seed: "0N0XIzNsQ0O2", iter: 9, threads: 1);
    }

    [Theory]
    [InlineData(Axis.Y)]
    [InlineData(Axis.X)]
    public async Task Run_Region_IsThatPartOfTheWholeAndLiesThere(Axis axis)
    {
        await using MemoryVolume volume = Ramp();
        Box3 region = new((10, 20, 30), new Shape3(20, 40, 50));
        await RunAsync(volume, "otsu", request => request with { Options = request.Options with { Region = region } });
        Dictionary<string, string> alongZ = VoxelHashes();
        string attributes = await File.ReadAllTextAsync(Path.Combine(Output, ".zattrs"), Token);
        StartAnew();

        await RunAsync(volume, "otsu", request => request with { Options = request.Options with { Region = region, Axes = [axis] } });

        Assert.Equal(alongZ, VoxelHashes());
        Assert.Equal(attributes.Replace("\"axis\":\"z\"", "", StringComparison.Ordinal).Length, (await File.ReadAllTextAsync(Path.Combine(Output, ".zattrs"), Token)).Replace($"\"axis\":\"{SliceFrame.NameOf(axis)}\"", "", StringComparison.Ordinal).Length);
        Assert.Empty(Verify(VerificationLevel.Full));
        Assert.True(Directory.Exists(Folder[$"masks.run/segment-{SliceFrame.NameOf(axis)}/units"]));
    }

    /// <summary>A model that looks around sees other pictures along another axis: those of the scan laid on its side.</summary>
    [Theory]
    [InlineData(Axis.Y)]
    [InlineData(Axis.X)]
    public async Task Run_ModelThatLooksAround_AnswersAsForTheScanLaidOnItsSide(Axis axis)
    {
        SliceFrame frame = new(axis);
        Shape3 shape = new(40, 50, 70);
        await using MemoryVolume volume = MemoryVolume.Of(shape, new Shape3(16, 16, 16), (z, y, x) => (ushort)ValueAt(z, y, x));
        await using MemoryVolume onItsSide = MemoryVolume.Of(frame.Turn(shape), new Shape3(16, 16, 16), (z, y, x) =>
        {
            (int vz, int vy, int vx) = frame.Back((z, y, x));
            return (ushort)ValueAt(vz, vy, vx);
        });
        await RunAsync(volume, "blur", request => request with { Options = request.Options with { Axes = [axis], Support = SupportRule.None } }, models: new BlurSource());
        using VoxelBuffer along = await ReadAsync("0");
        StartAnew();

        await RunAsync(onItsSide, "blur", request => request with { Options = request.Options with { Support = SupportRule.None } }, models: new BlurSource());

        using VoxelBuffer expected = await ReadAsync("0");
        using VoxelBuffer back = VoxelBuffer.Rent(shape, VoxelType.UInt8);
        frame.CopyBack(expected, (0, 0, 0), back);
        Assert.True(back.Bytes.SequenceEqual(along.Bytes));
    }

    [Fact]
    public async Task Run_AlongX_InShardsAndResumed_GivesTheSameBytes()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(20, 20, 300), new Shape3(20, 20, 32), (z, y, x) => (ushort)ValueAt(z, y, x));
        await RunAsync(volume, "otsu", request => Along(request, Axis.X));
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        using CancellationTokenSource drain = new();
        await Assert.ThrowsAsync<RunStoppedException>(() => RunAsync(
            volume, "otsu", request => Along(request, Axis.X) with { Drain = drain.Token, Shard = new Shard(1, 2) }, new DrainAt(drain, slices: 3)));

        await RunAsync(volume, "otsu", request => Along(request, Axis.X) with { Shard = new Shard(1, 2) });
        RunStatus status = Completion().GetStatus();
        Assert.Equal((2L, 3L), (status.Done, status.MissingCount));
        await RunAsync(volume, "otsu", request => Along(request, Axis.X) with { Shard = new Shard(0, 2) });
        await Completion().FinishAsync(1, null, Token);

        Assert.Equal(unbroken, Hashes());
        Assert.Empty(Verify(VerificationLevel.Full));
        Assert.Empty(await RecomputeAsync(volume, "otsu", request => Along(request, Axis.X)));
    }

    [Fact]
    public async Task Run_FetchesWhatItsPlanSays()
    {
        await using MemoryVolume volume = Ramp();
        PrepareCut(volume, "constant:0.5", request => Along(request, Axis.Y)); // tiles of one column reach into the next

        SegmentReport report = await RunAsync(volume, "constant:0.5", request => Along(request, Axis.Y));

        Assert.True(report.Cost["inputChunksFetched"]!.GetValue<long>() > volume.Info.Chunks.Count.VoxelCount);
        Assert.Equal(report.Cost["inputChunksPlanned"]!.GetValue<long>(), report.Cost["inputChunksFetched"]!.GetValue<long>());
        Assert.Equal(report.Cost["inputChunks"]!.GetValue<long>(), volume.Info.Chunks.Count.VoxelCount);
    }

    [Theory]
    [InlineData("axis", "configuration.axis was \"z\", and is \"y\" now")]
    [InlineData("tta", "configuration.tta was nothing, and is \"turns\" now")]
    public async Task Run_ResumedOtherwise_IsRefusedNamingTheDifference(string what, string difference)
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "constant:0.4");

        RunConflictException e = await Assert.ThrowsAsync<RunConflictException>(() => RunAsync(volume, "constant:0.4", request => request with
        {
            Options = what == "axis" ? request.Options with { Axes = [Axis.Y] } : request.Options with { Poses = TilePoses.Turns },
        }));

        Assert.Contains(difference, e.Message, StringComparison.Ordinal);
    }

    private static SegmentRequest Along(SegmentRequest request, Axis axis) => request with
    {
        Durability = Durability.None,
        Options = request.Options with { Axes = [axis], Threads = 1 },
    };

    private Dictionary<string, string> VoxelHashes() =>
        Hashes().Where(pair => !Path.GetFileName(pair.Key).StartsWith('.')).ToDictionary(pair => pair.Key, pair => pair.Value);

    private sealed class Scope(MemoryVolume volume) : IDisposable
    {
        public MemoryVolume Volume => volume;

        public void Dispose() => volume.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
