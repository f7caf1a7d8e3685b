using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

public sealed class LinkCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder["objects.zarr"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Link_AMask_NumbersItsObjectsAndIsARunAsAnyOther()
    {
        string scan = SmallScan.Write(_folder["scan.zarr"]);
        await RunAsync("segment", scan, "-o", _folder["masks.zarr"], "--model", "threshold:100", "--post", "components:6");

        (int code, string output, string error) = await RunAsync(
            "link", _folder["masks.zarr/labels/mask"], "-o", Output, "--post", "components:6", "--json");

        Assert.True(code == ExitCode.Done, error);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.True(result.GetProperty("objects").GetInt64() > 1);
        Assert.Equal(await ReadAsync(_folder["masks.zarr/labels/instances"]), await ReadAsync(Path.Combine(Output, "labels", "instances")));
        (int verified, string report, _) = await RunAsync("verify", "--run", _folder["objects.run"], "--level", "full");
        Assert.True(verified == ExitCode.Done, report);
        (_, string status, _) = await RunAsync("status", "--run", _folder["objects.run"]);
        Assert.Contains("missing     none", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_InShards_GivesWhatOneProcessGives()
    {
        string scan = SmallScan.Write(_folder["scan.zarr"]);
        await RunAsync("link", scan, "-o", _folder["whole.zarr"], "--threshold", "0.4", "--post", "hysteresis:0.3,components:26");

        int code = ExitCode.StoppedEarly;
        for (int i = 0; code == ExitCode.StoppedEarly && i < 10; i++)
        {
            (code, _, _) = await RunAsync(
                "link", scan, "-o", Output, "--threshold", "0.4", "--post", "hysteresis:0.3,components:26", "--shard", $"{1 - (i % 2)}/2", "--memory", "300MiB");
        }

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(await ReadAsync(_folder["whole.zarr/labels/instances"]), await ReadAsync(Path.Combine(Output, "labels", "instances")));
    }

    [Fact]
    public async Task Link_Slices_GivesObjectsThrough()
    {
        string scan = SmallScan.Write(_folder["scan.zarr"]);

        (int code, string output, string error) = await RunAsync("link", scan, "-o", Output, "--post", "slices:1", "--json");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal("slices:1", JsonDocument.Parse(output).RootElement.GetProperty("post").GetString());
    }

    [Theory]
    [InlineData("--post", "holes:0", "holes have at least one voxel")]
    [InlineData("--post", "hysteresis:0.3", "needs a --threshold")]
    [InlineData("--threshold", "7", "lies above 0")]
    public async Task Link_WhatDoesNotWork_IsWrongUsage(string option, string value, string problem)
    {
        (int code, _, string error) = await RunAsync("link", SmallScan.Write(_folder["scan.zarr"]), "-o", Output, option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_AnInputThatChanged_IsRefused()
    {
        string scan = SmallScan.Write(_folder["scan.zarr"]);
        await RunAsync("link", scan, "-o", Output);
        File.Delete(Directory.GetFiles(Path.Combine(scan, "1"), "*", SearchOption.AllDirectories)[0]);

        (int code, _, string error) = await RunAsync("link", scan, "-o", Output);

        Assert.Equal(ExitCode.Mismatch, code);
        Assert.Contains("fingerprint", error, StringComparison.Ordinal);
    }

    private static async Task<uint[]> ReadAsync(string path)
    {
        await using ZarrVolume volume = await ZarrVolume.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        return voxels.Voxels<uint>().ToArray();
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
