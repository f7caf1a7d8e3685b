using System.Text.Json;
using ScrollSeg.Cli;

namespace ScrollSeg.Tests;

/// <summary>Directions, poses, gaps and their spread: from words on the command line to voxels in the output.</summary>
public sealed class DirectionOptionsTests : IDisposable
{
    private readonly SegmentScratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("--axis y")]
    [InlineData("--axis x --tta all")]
    [InlineData("--axis all --fusion median --save probability,mask,uncertainty")]
    [InlineData("--axis all --stride 5 --last 15 --max-gap 4")]
    [InlineData("--stride 19 --max-gap 18 --tta turns")]
    public async Task Segment_Constant_IsTheConstantWhereverThereIsAnAnswerAndVerifies(string options)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));

        (int code, string output, string error) = await _scratch.RunAsync("constant:0.6", options);

        Assert.True(code == ExitCode.Done, error);
        byte[] levels = await _scratch.ReadAsync();
        bool ends = options.Contains("--last 15", StringComparison.Ordinal);
        Assert.Equal(ends ? (20 * 40 * 50) - (4 * 24 * 34) : 20 * 40 * 50, levels.Count(level => level == 153));
        Assert.Equal(ends ? 4 * 24 * 34 : 0, levels.Count(level => level == 0));
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(report.GetProperty("inputChunksPlanned").GetInt32(), report.GetProperty("inputChunksFetched").GetInt32());
        foreach (string level in new[] { "quick", "index", "full", "deep" })
        {
            using StringWriter said = new();
            Assert.True(await CommandLine.RunAsync(["verify", "--run", _scratch.Run, "--level", level], said, said) == ExitCode.Done, said.ToString());
        }
    }

    [Fact]
    public async Task Plan_OfEverything_CountsDirectionsPosesAndGaps()
    {
        _scratch.WriteScan((z, y, x) => (ushort)(x + 100));
        using StringWriter output = new();

        int code = await CommandLine.RunAsync(
            ["plan", _scratch.Scan, "-o", _scratch.Output, "--model", "constant:0.6", "--axis", "all", "--tta", "flips", "--stride", "3", "--max-gap", "2", "--json"], output, output);

        Assert.True(code == ExitCode.Done, output.ToString());
        JsonElement plan = JsonDocument.Parse(output.ToString().Split('\n').Last(line => line.StartsWith('{'))).RootElement;
        Assert.Equal("zyx", plan.GetProperty("axis").GetString());
        Assert.Equal(7 + 14 + 17, plan.GetProperty("slices").GetInt32());
        Assert.Equal(12 + 26 + 32, plan.GetProperty("slicesFilled").GetInt32());
        Assert.Equal(1 + 0 + 1, plan.GetProperty("slicesEmpty").GetInt32());
        Assert.Equal(4 * plan.GetProperty("tiles").GetInt32(), plan.GetProperty("evaluations").GetInt32());
        Assert.Equal(3 * 20 * 40 * 50, plan.GetProperty("bytesScratch").GetInt32());
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(_scratch.Output)!, "masks*"));
    }

    [Fact]
    public async Task Segment_PosesOfAModelThatLooksAtSingleVoxels_AreLeftOutAndSaidSo()
    {
        _scratch.WriteScan((z, y, x) => (ushort)(x + 100));

        (int code, _, string error) = await _scratch.RunAsync("otsu", "--tta flips");

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("--tta flips is left out", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_NetworkAlongX_InAllPoses_Runs()
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));

        (int code, string output, string error) = await _scratch.RunAsync(SegmentScratch.Checkpoint, "--device cpu --axis x --tta turns --stride 25 --max-gap 24");

        Assert.True(code == ExitCode.Done, error + output);
    }

    [Theory]
    [InlineData("--max-gap 300", "--max-gap 300: A gap that is filled has 0 to 256 slices.")]
    [InlineData("--save uncertainty", "--save uncertainty is the spread of several answers")]
    [InlineData("--axis all --keep top:10,mean", "--axis all cuts the volume in 3 ways")]
    public async Task Segment_WhatCannotBe_IsRefused(string options, string problem)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(x + 100));

        (int code, _, string error) = await _scratch.RunAsync("otsu", options);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_scratch.Output) || Path.Exists(_scratch.Run));
    }
}
