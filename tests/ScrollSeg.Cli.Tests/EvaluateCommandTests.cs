using System.Text.Json.Nodes;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Cli.Tests;

public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Evaluate_TwoMasks_PrintsScores()
    {
        string prediction = Write("a", [0, 1, 1, 1], [0, 0, 1, 0]);
        string truth = Write("b", [0, 255, 255, 0], [0, 0, 255, 255]);

        (int code, string output, string error) = await RunAsync("evaluate", prediction, truth, "--json", "--metrics", "dice,f0.5,surface-dice");

        Assert.True(code == ExitCode.Done, error);
        JsonNode json = JsonNode.Parse(output)!;
        Assert.Equal(0.75, (double)json["scores"]!["dice"]!, 12);
        Assert.Equal(3, (long)json["voxels"]!["truePositives"]!);
        Assert.Equal(["dice", "f0.5", "surface-dice"], json["scores"]!.AsObject().Select(score => score.Key));
    }

    [Fact]
    public async Task Evaluate_Report_IsOnePageWithCurvesAndTheWorstPlaces()
    {
        string prediction = Write("a", [0, 200, 100, 1], [0, 0, 130, 0]);
        string truth = Write("b", [0, 255, 255, 0], [0, 0, 255, 255]);
        string scan = Write("scan", [5, 90, 80, 7], [5, 6, 70, 60]);

        (int code, _, string error) = await RunAsync(
            "evaluate", prediction, truth, "--threshold", "128", "--metrics", "dice,average-precision,recall", "--report", _folder["page.html"], "--scan", scan);

        Assert.True(code == ExitCode.Done, error);
        string page = await File.ReadAllTextAsync(_folder["page.html"], TestContext.Current.CancellationToken);
        Assert.Contains("2 voxels missing and 0 too many", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,", page, StringComparison.Ordinal);
    }

    /// <summary>What the run noted as it began, and what its records say: the counts are exact, and the bytes are those on the disk.</summary>
    [Fact]
    public async Task Evaluate_ReportOfARun_SetsPlanAgainstActual()
    {
        await RunAsync("phantom", _folder["scroll"], "--shape", "6,64,80", "--seed", "3");
        (int code, string run, string error) = await RunAsync(
            "segment", _folder["scroll/volume.zarr"], "-o", _folder["mask.zarr"], "--model", "constant:0.7", "--tile", "32", "--json");
        Assert.True(code == ExitCode.Done, error);
        JsonNode report = JsonNode.Parse(run)!;
        JsonNode planned = report["planned"]!;
        foreach (string counted in new[] { "tiles", "inputChunksFetched", "inputBytesDecoded" })
        {
            Assert.Equal((long)report[counted]!, (long)planned[counted]!);
        }

        Assert.Equal(
            Directory.EnumerateFiles(_folder["mask.zarr"], "*", SearchOption.AllDirectories).Where(file => !Path.GetFileName(file).StartsWith('.')).Sum(file => new FileInfo(file).Length),
            (long)report["bytesStored"]!);
        Assert.True((double)report["seconds"]!["completion"]! >= 0);

        (code, _, error) = await RunAsync(
            "evaluate", _folder["mask.zarr/labels/mask"], _folder["scroll/labels.zarr"], "--metrics", "dice", "--report", _folder["page.html"]);

        Assert.True(code == ExitCode.Done, error);
        string page = await File.ReadAllTextAsync(_folder["page.html"], TestContext.Current.CancellationToken);
        Assert.Contains("Plan against actual", page, StringComparison.Ordinal);
        Assert.Matches($"<td>tiles</td><td class=\"number\">{report["tiles"]:N0}</td><td class=\"number\">{report["tiles"]:N0}</td>", page);
    }

    [Fact]
    public async Task Evaluate_RegionAndIgnore_LeaveTheRestOut()
    {
        string prediction = Write("a", [0, 1, 1, 1], [0, 0, 1, 0]);
        string truth = Write("b", [0, 1, 2, 0], [0, 0, 1, 1]);

        (int code, string output, string error) = await RunAsync(
            "evaluate", prediction, truth, "--json", "--metrics", "precision", "--ignore", "2", "--region", "0:1,0:1,0:4");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(0.5, (double)JsonNode.Parse(output)!["scores"]!["precision"]!, 12);
        Assert.Equal(1, (long)JsonNode.Parse(output)!["voxels"]!["ignored"]!);
    }

    [Fact]
    public async Task Evaluate_TruthWithoutForeground_IsSaidAndNotMadeUp()
    {
        string prediction = Write("a", [0, 1, 1, 1], [0, 0, 1, 0]);
        string truth = Write("b", [0, 0, 0, 0], [0, 0, 0, 0]);

        (int code, string output, string error) = await RunAsync("evaluate", prediction, truth, "--metrics", "recall,hausdorff95");

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("undefined: the truth has no foreground", output, StringComparison.Ordinal);
        Assert.Contains("nothing is foreground", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "cannot be compared", "wide", "b")]
    [InlineData(ExitCode.BadInput, "--ignore", "a", "unknown")]
    [InlineData(ExitCode.BadInput, "--threshold", "grey", "b")]
    [InlineData(ExitCode.Usage, "Did you mean 'dice'", "a", "b", "--metrics", "dyce")]
    [InlineData(ExitCode.Usage, "--region", "a", "b", "--region", "0:1,0:9,0:4")]
    [InlineData(ExitCode.Usage, "--tolerance", "a", "b", "--tolerance", "-1")]
    [InlineData(ExitCode.Usage, "does not say", "a", "b", "--voxel-size", "file")]
    public async Task Evaluate_BadInput_IsRefusedWithTheCure(int expected, string message, string prediction, string truth, params string[] options)
    {
        Write("a", [0, 1, 1, 1], [0, 0, 1, 0]);
        Write("b", [0, 1, 1, 0], [0, 0, 1, 1]);
        Write("wide", [0, 1, 1, 1, 1], [0, 0, 1, 0, 1]);
        Write("unknown", [0, 1, 2, 0], [0, 0, 1, 1]);
        Write("grey", [0, 100, 200, 0], [0, 0, 1, 1]);

        (int code, _, string error) = await RunAsync(["evaluate", _folder[$"{prediction}.png"], _folder[$"{truth}.png"], .. options]);

        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private string Write(string name, params byte[][] rows)
    {
        string path = _folder[$"{name}.png"];
        File.WriteAllBytes(path, PngFile.Encode(new PixelImage(rows.Length, rows[0].Length, 1, VoxelType.UInt8, [.. rows.SelectMany(row => row)])));
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
