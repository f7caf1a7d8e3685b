using System.Text.Json.Nodes;
using ScrollSeg.Testing;

namespace ScrollSeg.Cli.Tests;

public sealed class ProbeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ProbeCommandTests() =>
        Assert.Equal(ExitCode.Done, CommandLine.RunAsync(
            ["phantom", _folder["fragment"], "--kind", "fragment", "--shape", "33,64,96"], new StringWriter(), new StringWriter()).GetAwaiter().GetResult());

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("threshold:30000", false)]
    [InlineData("constant:0.4", true)] // gives the same whatever it sees
    public async Task Blindness_Model_IsBlindOrNot(string model, bool isBlind)
    {
        (int code, string output, string error) = await RunAsync(
            "probe", "blindness", _folder["fragment"], "-o", _folder["out"], "--contrasts", "0.9,0.0001", "--json", "--", "--model", model, "--support", "none");

        Assert.True(code == ExitCode.Done, error);
        JsonNode json = JsonNode.Parse(output)!;
        Assert.Equal(isBlind, (bool)json["isBlind"]!);
        Assert.Equal(isBlind ? null : 0.9, (double?)json["faintest"]);
        Assert.Equal(0.5, (double)json["contrasts"]![1]!["separation"]!, 2);
    }

    [Fact]
    public async Task Layers_FlattenedStack_ScoresWindowsInBothDirections()
    {
        (int code, string output, string error) = await RunAsync(
            "probe", "layers", _folder["fragment"], "--truth", _folder["fragment/truth.png"], "--width", "2", "--step", "11", "-o", _folder["out"], "--json",
            "--", "--model", "threshold:30000", "--overlap=0");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(6, JsonNode.Parse(output)!["lines"]!.AsArray().Count); // 0..1, 11..12, 22..23, both ways
        Assert.True(File.Exists(_folder["out/report.html"]));
    }

    [Theory]
    [InlineData("--width", "99")]
    [InlineData("--step", "0")]
    public async Task Layers_WindowsThatDoNotFit_AreRefused(string option, string value)
    {
        (int code, _, string error) = await RunAsync(
            "probe", "layers", _folder["fragment"], "--truth", _folder["fragment/truth.png"], option, value, "-o", _folder["out"], "--", "--model", "otsu");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("33 layers", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
