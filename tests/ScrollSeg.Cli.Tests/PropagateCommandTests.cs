using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

/// <summary>Grids and propagation, from the command line to the stored mask.</summary>
public sealed class PropagateCommandTests : IDisposable
{
    private const string Grid = "grid:2,keep=all,iou=0,stability=0,min-area=0,max-area=1";

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _model = ["--model", Path.Combine(AppContext.BaseDirectory, "Goldens", "sam_tiny.pth"), "--device", "cpu", "--tile", "40"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Scan => _folder["scan.zarr"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Plan_OfAGrid_CountsItsClicks()
    {
        SmallScan.Write(Scan);

        (int code, string output, string error) = await RunAsync(["plan", Scan, "-o", _folder["m.zarr"], .. _model, "--stride", "50", "--prompts", Grid, "--json"]);

        Assert.True(code == ExitCode.Done, error);
        JsonElement plan = JsonDocument.Parse(output).RootElement;
        Assert.Equal(4 * plan.GetProperty("tiles").GetInt64(), plan.GetProperty("clicks").GetInt64());
        Assert.StartsWith("grid:2,keep=all,iou=0", plan.GetProperty("prompts").GetString(), StringComparison.Ordinal);
    }

    /// <summary>What is asked depends on what a tile shows: shards do the same, and poses and other axes are possible.</summary>
    [Fact]
    public async Task Segment_Grid_IsTheSameInShards()
    {
        SmallScan.Write(Scan);
        string[] command = ["segment", Scan, .. _model, "--stride", "20", "--prompts", Grid, "--axis", "y", "--tta", "flips", "--region", "0:80,:,:"];

        await SucceedAsync([.. command, "-o", _folder["a/m.zarr"]]);
        await SucceedAsync([.. command, "-o", _folder["b/m.zarr"], "--shard", "0/2"]);
        await SucceedAsync([.. command, "-o", _folder["b/m.zarr"], "--shard", "1/2"]);
        await SucceedAsync(["finalize", "--run", _folder["b/m.run"]]);

        Assert.Equal(SmallScan.Contents(_folder["a/m.zarr"]), SmallScan.Contents(_folder["b/m.zarr"]));
        Assert.Contains("\"prompts\": \"grid:2,keep=all", File.ReadAllText(_folder["a/m.run/run.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_Propagate_ReachesTheLimitAndIsTheSameInShards()
    {
        SmallScan.Write(Scan);
        await File.WriteAllTextAsync(_folder["p.json"], """{"objects": [{"slice": 60, "box": [5, 5, 30, 30]}, {"slice": 70, "box": [9, 2, 30, 30]}]}""", Token);
        await File.WriteAllTextAsync(_folder["run.yaml"], "prompts: propagate:p.json,by=box,limit=4,change=1000000\nthreshold: 0.000001\nregion: \"50:130,:,:\"\n", Token);
        string[] command = ["segment", Scan, .. _model, "--config", _folder["run.yaml"]]; // its paths are its folder's

        await SucceedAsync([.. command, "-o", _folder["a/m.zarr"]]);
        await SucceedAsync([.. command, "-o", _folder["b/m.zarr"], "--shard", "1/2"]);
        await SucceedAsync([.. command, "-o", _folder["b/m.zarr"], "--shard", "0/2"]);
        await SucceedAsync(["finalize", "--run", _folder["b/m.run"]]);

        Assert.Equal(SmallScan.Contents(_folder["a/m.zarr"]), SmallScan.Contents(_folder["b/m.zarr"]));
        Assert.Contains("\"prompts\": \"propagate:by=box,limit=4,stop=0,change=1000000:file:sha256:", File.ReadAllText(_folder["a/m.run/run.json"]), StringComparison.Ordinal);
        await using ZarrVolume probability = await ZarrVolume.OpenAsync(_folder["a/m.zarr/0"], new ReaderOptions(), Token);
        using VoxelBuffer voxels = VoxelBuffer.Rent(probability.Info.Shape, VoxelType.UInt8);
        await probability.ReadAsync(probability.Info.Bounds, voxels, Token);
        for (int z = 50; z < 130; z++)
        {
            Assert.True(z is (>= 56 and <= 64) or (>= 66 and <= 74) == voxels.Plane(z - 50).ContainsAnyExcept((byte)0), $"{z}");
        }
    }

    [Theory]
    [InlineData("propagate:p.json", "--axis", "y", "--axis")]
    [InlineData("propagate:p.json", "--tta", "flips", "--tta")]
    [InlineData("propagate:p.json", "--time-limit", "1h", "--time-limit")]
    [InlineData("propagate:p.json", "--region", "100:200,:,:", "100 to 199")]
    [InlineData("propagate:p.json", "--model", "otsu", "'otsu' is no network")]
    [InlineData("grid", "--model", "otsu", "'otsu' is no network")]
    [InlineData("grid:0", "--stride", "5", "1 to 128")]
    [InlineData("propagate:p.json,by=line", "--stride", "5", "mask, box, points")]
    public async Task Segment_PromptsThatCannotBe_AreRefusedBeforeAnythingStarts(string prompts, string option, string value, string problem)
    {
        SmallScan.Write(Scan);
        await File.WriteAllTextAsync(_folder["p.json"], """{"objects": [{"slice": 9, "box": [5, 5, 30, 30]}]}""", Token);
        string[] model = option == "--model" ? [] : _model;

        (int code, _, string error) = await RunAsync(
            ["segment", Scan, "-o", _folder["m.zarr"], .. model, option, value, "--prompts", prompts.Replace("p.json", _folder["p.json"], StringComparison.Ordinal)]);

        Assert.True(code == ExitCode.Usage, error);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["m.run/run.json"]));
    }

    private static async Task SucceedAsync(string[] args)
    {
        (int code, _, string error) = await RunAsync(args);
        Assert.True(code == ExitCode.Done, error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
