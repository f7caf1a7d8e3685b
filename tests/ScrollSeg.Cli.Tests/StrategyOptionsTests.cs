using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

/// <summary>The whole way with each strategy: from words on the command line to voxels in the output.</summary>
public sealed class StrategyOptionsTests : IDisposable
{
    private readonly SegmentScratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("--stride 3 --first 2 --last 15", "2 5 8 11 14")]
    [InlineData("--strategy tuples --channels 5 --spacing uniform:6 --count 3 --seed 4 --stride 6", "0 6 12 18")]
    [InlineData("--strategy tuples --channels 2 --spacing normal:0,2 --count 2 --fusion median --keep even:2", "5 15")]
    [InlineData("--keep list:3-5,9", "3 4 5 9")]
    public async Task Segment_Slices_AnswersForTheTargetsOfTheStrategy(string options, string targets)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));

        (int code, string output, string error) = await _scratch.RunAsync("constant:0.6", options);

        Assert.True(code == ExitCode.Done, error);
        byte[] grey = await _scratch.ReadAsync();
        Assert.Equal(targets, string.Join(' ', Enumerable.Range(0, 20).Where(z => grey[z * 2000] == 153)));
        Assert.Equal(targets.Split(' ').Length * 2000, grey.Count(value => value == 153));
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(targets.Split(' ').Length, report.GetProperty("slices").GetInt32());
        Assert.Equal(report.GetProperty("inputChunksPlanned").GetInt32(), report.GetProperty("inputChunksFetched").GetInt32());
    }

    [Theory]
    [InlineData("--strategy window")]
    [InlineData("--strategy window --channels 1 --stride 4 --direction down --first 3")]
    [InlineData("--strategy tuples --target flat --spacing normal:9,3 --count 5 --fusion logits")]
    public async Task Segment_Flat_IsOneImageOfTheWholeStack(string options)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));

        (int code, _, string error) = await _scratch.RunAsync("constant:0.6", options);

        Assert.True(code == ExitCode.Done, error);
        await using ZarrVolume image = await ZarrVolume.OpenAsync(Path.Combine(_scratch.Output, "0"), new ReaderOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(new Shape3(1, 40, 50), image.Info.Shape);
        Assert.All(await _scratch.ReadAsync(), value => Assert.Equal(153, value));
    }

    [Fact]
    public async Task Segment_KeepFile_IsTheListInIt()
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));
        await File.WriteAllTextAsync(_scratch["kept.txt"], "4, 11\n17\n", TestContext.Current.CancellationToken);

        (int code, _, string error) = await _scratch.RunAsync("constant:0.6", $"--keep file:{_scratch["kept.txt"]}");

        Assert.True(code == ExitCode.Done, error);
        string run = await File.ReadAllTextAsync(Path.Combine(_scratch.Run, "run.json"), TestContext.Current.CancellationToken);
        Assert.Contains("list:4,11,17", run, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_KeepTop_AsksTheSlicesThemselvesAndGoesOnWithWhatItFound()
    {
        // slice 12 and 13 alone have contrast
        _scratch.WriteScan((z, y, x) => (ushort)(z is 12 or 13 ? ((x + y) % 2 * 200) + 20 : 100 + (x % 2)));
        const string Options = "--keep top:10,sharpness";

        (int code, string output, string error) = await _scratch.RunAsync("constant:0.6", Options);
        (int again, _, _) = await _scratch.RunAsync("constant:0.6", Options);

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(ExitCode.Done, again);
        byte[] grey = await _scratch.ReadAsync();
        Assert.Equal([12, 13], Enumerable.Range(0, 20).Where(z => grey[z * 2000] == 153));
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetProperty("slices").GetInt32());
    }

    [Fact]
    public async Task Segment_TimeLimit_BecomesANumberThatIsKept()
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));
        const string Options = "--time-limit 3h";

        (int code, _, string error) = await _scratch.RunAsync("constant:0.6", Options);
        (int again, _, string second) = await _scratch.RunAsync("constant:0.6", Options);

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("enough for 20 targets", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, again);
        Assert.DoesNotContain("enough for", second, StringComparison.Ordinal); // measured once
        string run = await File.ReadAllTextAsync(Path.Combine(_scratch.Run, "run.json"), TestContext.Current.CancellationToken);
        Assert.Contains("\"targets\": 20", run, StringComparison.Ordinal);
        Assert.Contains("even:20", run, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--adapter rgb --strategy tuples --keep even:2")]
    [InlineData("--adapter montage --strategy tuples --channels 7 --keep even:2")]
    [InlineData("--adapter conv --strategy tuples --channels 5 --keep even:2")]
    [InlineData("--adapter inflate --strategy tuples --channels 4 --intensity zscore:2 --keep even:2")]
    [InlineData("--adapter montage --strategy window --channels 20 --intensity slice-percentiles:1,99")]
    public async Task Segment_Network_TakesTuplesByItsAdapter(string options)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));

        (int code, string output, string error) = await _scratch.RunAsync(SegmentScratch.Checkpoint, options + " --device cpu --save probability");

        Assert.True(code == ExitCode.Done, error + output);
        string run = await File.ReadAllTextAsync(Path.Combine(_scratch.Run, "run.json"), TestContext.Current.CancellationToken);
        Assert.Contains($"\"adapter\": \"{options.Split(' ')[1]}\"", run, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--adapter rgb", "1 slice", "rgb takes 3")]
    [InlineData("--adapter rgb --strategy tuples --channels 5", "5 slices", "rgb takes 3")]
    [InlineData("--strategy tuples --channels 4", "4 slices", "1 to 3")]
    [InlineData("--strategy tuples --channels 21 --adapter conv", "21 slices", "there are 20")]
    [InlineData("--strategy tuples --channels 3 --count 2", "--count 2", "adjacent")]
    [InlineData("--strategy every --keep range:19,30 --region 0:10,:,:", "plans nothing", "0..9")]
    public async Task Segment_WhatContradicts_IsRefusedNamingBothSides(string options, string one, string other)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + ((x * 7) + (y * 3) + z) % 50));

        (int code, _, string error) = await _scratch.RunAsync(SegmentScratch.Checkpoint, options + " --device cpu");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(one, error, StringComparison.Ordinal);
        Assert.Contains(other, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_scratch.Output) || Path.Exists(_scratch.Run));
    }
}
