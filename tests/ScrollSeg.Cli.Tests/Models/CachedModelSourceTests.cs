using System.Security.Cryptography;
using ScrollSeg.Cli.Models;
using ScrollSeg.Sam;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests.Models;

public sealed class CachedModelSourceTests : IDisposable
{
    private static readonly byte[] Checkpoint = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Goldens", "sam_tiny.pth"));
    private static readonly ModelSettings Cpu = new() { Device = "cpu", Precision = "f32" };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_NameWhoseFileIsHere_OpensIt()
    {
        File.WriteAllBytes(_folder["tiny.pth"], Checkpoint);

        using ISliceSegmenter? segmenter = Source(Checkpoint).OpenSliceSegmenter("tiny", Cpu);
        using SamPredictor? promptable = Source(Checkpoint).OpenPredictor("tiny", Cpu);

        Assert.Equal($"sam:f32:sha256:{Hash(Checkpoint)}", segmenter?.Identity);
        Assert.Equal(segmenter?.Identity, promptable?.Identity);
        Assert.NotNull(segmenter?.Caution);
    }

    [Fact]
    public void Open_OtherName_IsNotTaken() => Assert.Null(Source(Checkpoint).OpenSliceSegmenter("tiny.pth", Cpu));

    [Fact]
    public void Open_NotHere_NamesTheCommandThatFetchesIt() => Assert.Contains(
        $"`scrollseg models pull tiny` fetches its {Checkpoint.Length} bytes from example.org",
        Assert.Throws<InvalidRequestException>(() => Source(Checkpoint).OpenSliceSegmenter("tiny", Cpu)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_Part_IsSaidToBeOne()
    {
        File.WriteAllBytes(_folder["tiny.pth.part"], Checkpoint[..1000]);

        Assert.Contains(
            $"only in part, 1000 of {Checkpoint.Length} bytes",
            Assert.Throws<InvalidRequestException>(() => Source(Checkpoint).OpenSliceSegmenter("tiny", Cpu)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FileOfAnotherLength_IsNamed()
    {
        File.WriteAllBytes(_folder["tiny.pth"], Checkpoint[..1000]);

        Assert.StartsWith(
            $"{_folder["tiny.pth"]}: has 1000 bytes",
            Assert.Throws<CheckpointException>(() => Source(Checkpoint).OpenSliceSegmenter("tiny", Cpu)).Message, StringComparison.Ordinal);
    }

    /// <summary>A model that opens, but is not the one that was published.</summary>
    [Fact]
    public void Open_FileOfAnotherHash_IsNamed()
    {
        File.WriteAllBytes(_folder["tiny.pth"], Checkpoint);
        byte[] published = [.. Checkpoint];
        published[^1] ^= 1;

        string message = Assert.Throws<CheckpointException>(() => Source(published).OpenPredictor("tiny", Cpu)).Message;

        Assert.StartsWith($"{_folder["tiny.pth"]}: is sam:f32:sha256:{Hash(Checkpoint)}, its manifest says sha256:{Hash(published)}", message, StringComparison.Ordinal);
    }

    private CachedModelSource Source(byte[] published) => new(
        ["tiny"],
        name => new ModelManifest(name, "A test", new Uri("https://example.org/tiny.pth"), published.Length, Hash(published), "CC0-1.0", "none"),
        () => new ModelCache(_folder.Path));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
