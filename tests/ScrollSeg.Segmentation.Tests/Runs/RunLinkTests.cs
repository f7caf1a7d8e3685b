using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Tests.Linking;
using ScrollSeg.Testing;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>The link stage within a run.</summary>
public sealed class RunLinkTests : SegmentRunFixture
{
    private const string Steps = "holes,components:6,min-size:40";

    [Fact]
    public async Task Run_WithPost_NumbersTheObjectsOfItsMask()
    {
        await using MemoryVolume volume = Ramp();

        SegmentReport report = await RunAsync(volume, "threshold:100", Linked);

        uint[] instances = (await ReadAsync("labels/instances/0")).Voxels<uint>().ToArray();
        bool[] mask = [.. (await ReadAsync("0")).Bytes.ToArray().Select(level => level >= 128)];
        uint[] expected = FloodFill.LabelLarge(FloodFill.FillHoles(mask, Shape, 6, long.MaxValue), Shape, 6, 40);
        Assert.Equal(expected, instances);
        Assert.Equal(expected.Max(), report.Objects!.Taken);
        Assert.Equal(expected.Select(id => id == 0 ? (byte)0 : (byte)1), (await ReadAsync("labels/mask/0")).Bytes.ToArray());
        Assert.Contains("\"instances\"", await File.ReadAllTextAsync(Path.Combine(Output, "labels", ".zattrs"), Token), StringComparison.Ordinal);
        Assert.Empty(Verify(VerificationLevel.Full));
        Assert.Empty(Verify(VerificationLevel.Index));
        RunStatus status = Completion().GetStatus();
        Assert.Equal(status.Linked?.Total, status.Linked?.Done);
        Assert.NotNull(status.Linked);
    }

    [Fact]
    public async Task Records_OfALinkedRun_NameEveryObjectOfEveryLevel()
    {
        await using MemoryVolume volume = Tower();
        await RunAsync(volume, "threshold:100", Linked);

        HashSet<string> named = [.. Run().Segment.ReadRecords().Concat(Run().Link.ReadRecords()).Concat(Run().Pyramid.ReadRecords())
            .SelectMany(record => record.Objects).Where(o => o.Bytes > 0).Select(o => o.Key)];

        IEnumerable<string> stored = Directory.GetFiles(Output, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Output, path)).Where(path => !Path.GetFileName(path).StartsWith('.'));
        Assert.Equal(stored.Order(), named.Order());
    }

    [Fact]
    public async Task Run_LinkedInShards_IsTheSame()
    {
        await using MemoryVolume volume = Tower();
        await RunAsync(volume, "otsu", Linked);
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        await RunAsync(volume, "otsu", request => Linked(request) with { Shard = new Shard(1, 2) });
        await RunAsync(volume, "otsu", request => Linked(request) with { Shard = new Shard(0, 2) });

        int attempts = 0;
        for (bool isDone = false; !isDone && attempts < 20; attempts++)
        {
            try
            {
                await Completion().FinishAsync(1, new Shard(attempts % 2, 2), Token);
                isDone = true;
            }
            catch (RunStoppedException)
            {
                // a later pass waits for the other share
            }
        }

        Assert.Equal(unbroken, Hashes());
    }

    [Fact]
    public async Task Verify_ADamagedChunkOfNumbers_FindsIt()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "threshold:100", Linked);
        string chunk = Directory.GetFiles(Path.Combine(Output, "labels/instances/0"), "*", SearchOption.AllDirectories)
            .First(path => !Path.GetFileName(path).StartsWith('.'));
        File.Delete(chunk);

        Assert.Contains(Verify(VerificationLevel.Quick), problem => problem.Contains(chunk, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resume_WithOtherSteps_IsRefused()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "threshold:100", Linked);

        RunConflictException refused = await Assert.ThrowsAsync<RunConflictException>(() => RunAsync(volume, "threshold:100"));

        Assert.Contains("configuration.post", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("components:26", false, true, "keep it")]
    [InlineData("holes", true, false, "which --save does not keep")]
    [InlineData("hysteresis:0.7,components", true, true, "above --threshold")]
    [InlineData("slices:2", true, true, "see 'link'")]
    public async Task Run_WithStepsThatCannotBe_IsRefusedBeforeAnythingIsWritten(string post, bool probability, bool mask, string problem)
    {
        await using MemoryVolume volume = Ramp();

        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(() => RunAsync(volume, "otsu", request => request with
        {
            Options = request.Options with { Post = LinkOptions.Parse(post), SaveProbability = probability, SaveMask = mask },
        }));

        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }

    private static SegmentRequest Linked(SegmentRequest request) =>
        request with { Options = request.Options with { Post = LinkOptions.Parse(Steps) } };
}
