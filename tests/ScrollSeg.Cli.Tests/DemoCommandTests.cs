using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Tests;

public sealed class DemoCommandTests
{
    [Fact]
    public async Task Demo_EndsWithAScoreAndAPageToOpen()
    {
        using TemporaryFolder folder = new();
        string demo = folder["demo"];
        using StringWriter output = new();
        using StringWriter error = new();

        int code = await CommandLine.RunAsync(["demo", "-o", demo, "--shape", "24,96,96"], output, error);
        int again = await CommandLine.RunAsync(["demo", "-o", demo], new StringWriter(), new StringWriter());

        Assert.True(code == ExitCode.Done, error.ToString());
        Assert.Matches(@"Dice\s+0\.\d{3} .* with small\s+Dice\s+0\.\d{3} .* with otsu", output.ToString());
        string page = await File.ReadAllTextAsync(Path.Combine(demo, "report.html"), TestContext.Current.CancellationToken);
        Assert.Contains("data:image/png;base64,", page, StringComparison.Ordinal);
        Assert.InRange(PngFile.ReadHeader(Path.Combine(demo, "slices.png")).Width, 3 * 96, 2000);
        Assert.Equal(ExitCode.Mismatch, again);
    }
}
