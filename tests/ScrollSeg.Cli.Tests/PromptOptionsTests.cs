using ScrollSeg.Cli;

namespace ScrollSeg.Tests;

/// <summary><c>segment --prompts</c>, from words on the command line to voxels in the output.</summary>
public sealed class PromptOptionsTests : IDisposable
{
    private const string Object = """{"objects": [{"slice": 10, "box": [5, 5, 30, 30]}]}""";

    private readonly SegmentScratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>What is not asked for is background; another set of prompts is another run.</summary>
    [Fact]
    public async Task Segment_WithPrompts_AnswersWhereTheyAre()
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x + z) % 40)));
        File.WriteAllText(_scratch["p.json"], Object);
        string options = $"--device cpu --tile 40 --prompts file:{_scratch["p.json"]} --threshold 0.000001";

        (int code, _, string error) = await _scratch.RunAsync(SegmentScratch.Checkpoint, options);

        Assert.True(code == ExitCode.Done, error);
        Assert.DoesNotContain("trained without prompts", error, StringComparison.Ordinal);
        byte[] probability = await _scratch.ReadAsync();
        for (int z = 0; z < 20; z++)
        {
            Assert.Equal(z == 10, probability.AsSpan(z * 2000, 2000).ContainsAnyExcept((byte)0));
        }

        File.WriteAllText(_scratch["p.json"], Object.Replace("10,", "11,", StringComparison.Ordinal));
        (int again, _, string mismatch) = await _scratch.RunAsync(SegmentScratch.Checkpoint, options);
        Assert.Equal(ExitCode.Mismatch, again);
        Assert.Contains("prompts", mismatch, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(99, "sam", "", "slices 99..99", "[20, 40, 50]")]
    [InlineData(9, "otsu", "", "'otsu' is no network", "prompts")]
    [InlineData(9, "sam", " --adapter montage --strategy tuples --channels 9", "montage", "prompts")]
    [InlineData(9, "sam", " --axis y", "prompts", "--axis")]
    public async Task Segment_PromptsThatDoNotFit_AreRefusedBeforeAnythingStarts(int slice, string model, string options, string one, string other)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(x + 100));
        File.WriteAllText(_scratch["p.json"], Object.Replace("10,", $"{slice},", StringComparison.Ordinal));

        (int code, _, string error) = await _scratch.RunAsync(
            model == "sam" ? SegmentScratch.Checkpoint : model, $"--device cpu --prompts file:{_scratch["p.json"]}{options}");

        Assert.Equal(ExitCode.Usage, code);
        string line = Assert.Single(error.Split('\n'), text => text.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains(one, line, StringComparison.Ordinal);
        Assert.Contains(other, line, StringComparison.Ordinal);
        Assert.False(Path.Exists(_scratch.Output) || Path.Exists(_scratch.Run));
    }
}
