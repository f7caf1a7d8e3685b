using System.Text.Json.Nodes;
using ScrollSeg.Testing;

namespace ScrollSeg.Cli.Tests;

public sealed class ExperimentCommandTests : IDisposable
{
    private const string Layers = """
        name: Layers
        question: Which layers?
        data:
          - {name: fragment, volume: fragment, truth: fragment/truth.png, score: ":,:,40:96"}
        matrix:
          strategy:
            - {name: coarse, strategy: window, channels: 1, stride: 9}
            - {name: fine, strategy: window, channels: 1, stride: 5}
          model: ["threshold:30000", otsu]
        exclude:
          - {strategy: fine, model: otsu}
        seeds: [1, 2]
        thresholds: [0.3, 0.6]
        metrics: [f0.5, average-precision, surface-dice]
        """;

    private readonly TemporaryFolder _folder = new();

    public ExperimentCommandTests() =>
        Assert.Equal(ExitCode.Done, CommandLine.RunAsync(
            ["phantom", _folder["fragment"], "--kind", "fragment", "--shape", "33,64,96"], new StringWriter(), new StringWriter()).GetAwaiter().GetResult());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Experiment_Matrix_IsRunScoredAndReported()
    {
        (int code, string output, string error) = await RunAsync(Layers, "--json");

        Assert.True(code == ExitCode.Done, error);
        JsonNode results = JsonNode.Parse(output)!;
        Assert.Equal(6, results["rows"]!.AsArray().Count);          // 3 combinations, 2 seeds
        Assert.Equal(6, results["lines"]!.AsArray().Count);         // 3 combinations, 2 thresholds
        Assert.Equal(2, (int)results["lines"]![0]!["scores"]!["average-precision"]!["count"]!);
        Assert.Contains(results["lines"]!.AsArray(), line => (bool)line!["isBestTradeOff"]!);
        string[] csv = await File.ReadAllLinesAsync(_folder["out/results.csv"], TestContext.Current.CancellationToken);
        Assert.Equal(13, csv.Length);
        Assert.StartsWith("row,data,strategy,model,seed,threshold,f0.5", csv[0], StringComparison.Ordinal);
        string page = await File.ReadAllTextAsync(_folder["out/report.html"], TestContext.Current.CancellationToken);
        Assert.Contains("Worst places first", page, StringComparison.Ordinal);
        Assert.Contains("scrollseg segment", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Experiment_Again_DoesOnlyWhatIsMissing()
    {
        await RunAsync(Layers);
        Dictionary<string, DateTime> before = Records();
        File.Delete(before.Keys.First());

        (int code, _, string error) = await RunAsync(Layers.Replace("seeds: [1, 2]", "seeds: [1, 2, 3]", StringComparison.Ordinal));

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(9, Records().Count);
        Assert.Equal(4, error.Split("note: row ").Length - 1); // one deleted, three of the new seed
        Assert.All(before.Skip(1), record => Assert.Equal(record.Value, Records()[record.Key]));
    }

    [Theory]
    [InlineData("thresholds:", "treshold:", "Did you mean 'thresholds'?")]
    [InlineData("channels: 1, stride: 9", "chanels: 1, stride: 9", "Did you mean 'channels'?")]
    [InlineData("metrics: [f0.5,", "metrics: [f0.5, dicee,", "'dicee' is no metric")]
    [InlineData("channels: 1, stride: 9", "channels: 1, stride: 9, model: otsu", "coarse, model threshold:30000, seed 1: --model is set twice")]
    [InlineData("channels: 1, stride: 9", "channels: 99", "fragment: strategy coarse, model threshold:30000, seed 1")]
    [InlineData("strategy: window, channels: 1, stride: 5", "strategy: every", "a flat target needs a truth of one slice")]
    [InlineData("{strategy: fine,", "{strategi: fine,", "no axis of the matrix: strategy, model")]
    [InlineData("data:", "data:\n  - {name: fragment, volume: fragment, truth: fragment/truth.png}", "data has 'fragment' twice")]
    [InlineData("seeds: [1, 2]", "seeds: [one]", "'one': expected a number")]
    [InlineData("fragment/truth.png", "nowhere.png", "nowhere.png")]
    [InlineData("thresholds: [0.3, 0.6]", "fixed: {output: x}", "sets it itself")]
    public async Task Experiment_ImpossibleMatrix_IsRefusedBeforeAnythingRuns(string from, string to, string message)
    {
        (int code, _, string error) = await RunAsync(Layers.Replace(from, to, StringComparison.Ordinal));

        Assert.NotEqual(ExitCode.Done, code);
        Assert.NotEqual(ExitCode.Bug, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out/rows"]) && Directory.EnumerateFiles(_folder["out/rows"]).Any());
    }

    /// <summary>The weights of each seed are trained once, and a matrix that asks again finds them.</summary>
    [Fact]
    public async Task Experiment_TrainedRows_AreTrainedPerSeedAndSegmented()
    {
        await File.WriteAllTextAsync(
            _folder["tiny.yaml"],
            "output: nowhere\nimage: fragment\nlabels: fragment/truth.png\nlayers: \"14:18\"\nnetwork-view: 64\nnetwork-width: 16\nnetwork-depth: 1\n" +
            "tile: 16\nsteps: 2\nbatch: 1\nclicks: 1\nrounds-without-click: 0\nwithout-prompts: 1\ndevice: cpu\nheld-out: \":,:,64:96\"\n",
            TestContext.Current.CancellationToken);
        string matrix = """
            name: Trained
            data: [{name: fragment, volume: fragment, truth: fragment/truth.png}]
            fixed: {strategy: window, channels: 1, stride: 16, device: cpu}
            matrix:
              training: [{name: two steps, train: tiny.yaml}]
            seeds: [1, 2]
            metrics: [average-precision]
            """;

        (int code, string output, string error) = await RunAsync(matrix, "--json");

        Assert.True(code == ExitCode.Done, error);
        JsonArray rows = JsonNode.Parse(output)!["rows"]!.AsArray();
        Assert.Equal(2, rows.Select(row => (string?)row!["command"]).Distinct().Count());
        Assert.All(rows, row => Assert.EndsWith("tiny.yaml", (string)row!["training"]!, StringComparison.Ordinal));
        Assert.False(Path.Exists(_folder["nowhere"]));
        DateTime trained = File.GetLastWriteTimeUtc(_folder["out/training/tiny-1/weights.safetensors"]);
        (code, _, error) = await RunAsync(matrix.Replace("average-precision", "dice", StringComparison.Ordinal));
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(trained, File.GetLastWriteTimeUtc(_folder["out/training/tiny-1/weights.safetensors"]));
    }

    /// <summary>They differ in what is scored only: one run, a record each, and nothing to do the second time.</summary>
    [Fact]
    public async Task Experiment_PartsOfOneVolume_ShareTheRunAndKeepTheirOwnRecords()
    {
        string matrix = """
            name: Parts
            data:
              - {name: left, volume: fragment, truth: fragment/truth.png, score: ":,:,0:48"}
              - {name: right, volume: fragment, truth: fragment/truth.png, score: ":,:,48:96"}
            fixed: {strategy: window, channels: 1, stride: 9, model: otsu}
            metrics: [average-precision]
            """;
        await RunAsync(matrix);
        Dictionary<string, DateTime> before = Records();

        (int code, _, string error) = await RunAsync(matrix);

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(2, before.Count);
        Assert.Equal(before, Records());
        Assert.Single(Directory.EnumerateDirectories(_folder["out/runs"], "*.zarr"));
        Assert.DoesNotContain("note: row ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Experiment_TruthWithoutForeground_IsRefused()
    {
        (int code, _, string error) = await RunAsync(Layers.Replace("40:96", "0:1", StringComparison.Ordinal));

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("nothing is foreground", error, StringComparison.Ordinal);
    }

    private Dictionary<string, DateTime> Records() =>
        Directory.EnumerateFiles(_folder["out/rows"]).Order().ToDictionary(path => path, File.GetLastWriteTimeUtc);

    private async Task<(int Code, string Output, string Error)> RunAsync(string matrix, params string[] options)
    {
        await File.WriteAllTextAsync(_folder["matrix.yaml"], matrix);
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(["experiment", _folder["matrix.yaml"], "-o", _folder["out"], .. options], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
