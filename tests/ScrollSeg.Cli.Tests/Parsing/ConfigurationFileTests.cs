using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests.Parsing;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Expand_AFile_StandsForItsOptions()
    {
        string path = Write("volume: scan.zarr\noutput: out/masks.zarr\nmodel: otsu\nstride: 3\nintensity: -5\noverwrite: true\njson: false\n");

        string[] words = Expand("segment", "--config", path);

        Assert.Equal(
            ["segment", _folder["scan.zarr"], $"--output={_folder["out/masks.zarr"]}", "--model=otsu", "--stride=3", "--intensity=-5", "--overwrite"], words);
    }

    [Fact]
    public void Expand_WhatTheCommandLineGives_IsNotTakenFromTheFile()
    {
        string path = Write("volume: scan.zarr\noutput: masks.zarr\nmodel: otsu\n");

        Assert.Equal(
            ["plan", "other.zarr", "-o", "o.zarr", "--model=otsu"], Expand("plan", "other.zarr", $"--config={path}", "-o", "o.zarr"));
    }

    [Fact]
    public void Expand_Addresses_AreNotPaths()
    {
        string path = Write("volume: https://host/scan.zarr\noutput: masks.zarr\nmodel: weights.safetensors\n");
        File.WriteAllText(_folder["weights.safetensors"], "");

        string[] words = Expand("segment", "--config", path);

        Assert.Contains("https://host/scan.zarr", words);
        Assert.Contains($"--model={_folder["weights.safetensors"]}", words);
    }

    [Theory]
    [InlineData("modle: otsu\n", "config.yaml:1: 'modle' is no key of this file. Did you mean 'model'?")]
    [InlineData("stride: [1, 2]\n", "config.yaml:1: stride is a list")]
    [InlineData("overwrite: perhaps\n", "config.yaml:1: overwrite 'perhaps': expected true or false")]
    [InlineData("config: other.yaml\n", "'config' is no key")]
    public async Task Segment_WithAFileThatSaysNonsense_IsRefused(string text, string message)
    {
        using StringWriter error = new();

        int code = await CommandLine.RunAsync(["segment", "--config", Write(text)], new StringWriter(), error);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_WithoutTheFile_IsRefused()
    {
        using StringWriter error = new();

        Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync(["segment", "--config", _folder["no.yaml"]], new StringWriter(), error));
        Assert.Contains("no.yaml: no such file", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A command with a file of another kind under the same name keeps it.</summary>
    [Fact]
    public void Expand_Train_IsLeftAlone()
    {
        string[] words = ["train", "--config", Write("steps: 3\n")];

        Assert.Equal(words, Expand(words));
    }

    private string Write(string text)
    {
        File.WriteAllText(_folder["config.yaml"], text);
        return _folder["config.yaml"];
    }

    private static string[] Expand(params string[] words) => ConfigurationFile.Expand(words, CommandLine.Create(HostEnvironment.Current()));
}
