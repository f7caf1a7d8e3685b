using ScrollSeg.Cli;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests;

public sealed class PhantomCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Phantom_OfAScroll_WritesVolumeAndLabelsAndNothingElse()
    {
        int code = await RunAsync(["phantom", _folder["s"], "--kind", "scroll", "--shape", "4,40,40", "--seed", "3"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(["labels.zarr", "phantom.json", "volume.zarr"], Names(_folder["s"]));
        Assert.Equal(["s"], Names(_folder.Path));
    }

    [Fact]
    public async Task Phantom_OfAFragment_WritesTheContestsFiles()
    {
        int code = await RunAsync(["phantom", _folder["f"], "--kind", "fragment", "--shape", "16,64,64"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(["inklabels.png", "ir.png", "mask.png", "phantom.json", "surface_volume", "truth.png"], Names(_folder["f"]));
    }

    [Fact]
    public async Task Phantom_OntoAnExistingFolder_IsRefusedUnlessOverwritten()
    {
        string[] command = ["phantom", _folder["s"], "--shape", "2,32,32"];
        Assert.Equal(ExitCode.Done, await RunAsync(command));

        Assert.Equal(ExitCode.Mismatch, await RunAsync(command));
        Assert.Equal(ExitCode.Done, await RunAsync([.. command, "--overwrite"]));
    }

    [Fact]
    public async Task Phantom_OntoARealFragment_IsRefusedEvenToOverwrite()
    {
        Directory.CreateDirectory(_folder[Path.Combine("fragment", "surface_volume")]);

        Assert.Equal(ExitCode.Mismatch, await RunAsync(["phantom", _folder["fragment"], "--kind", "fragment", "--overwrite"]));
        Assert.Equal(ExitCode.Mismatch, await RunAsync(["demo", "-o", _folder["fragment"], "--overwrite"]));
        Assert.True(Directory.Exists(_folder[Path.Combine("fragment", "surface_volume")]));
    }

    [Fact]
    public async Task Phantom_OntoAFolderOfOtherThings_IsRefusedEvenToOverwrite()
    {
        Directory.CreateDirectory(_folder["mine"]);
        File.WriteAllText(Path.Combine(_folder["mine"], "thesis.txt"), "all of it");

        int code = await RunAsync(["phantom", _folder["mine"], "--shape", "2,32,32", "--overwrite"]);

        Assert.Equal(ExitCode.Mismatch, code);
        Assert.Equal(["thesis.txt"], Names(_folder["mine"]));
    }

    [Theory]
    [InlineData("2,16,64")]
    [InlineData("2,64")]
    public async Task Phantom_OfAnImpossibleShape_IsAUsageErrorThatLeavesNothing(string shape)
    {
        int code = await RunAsync(["phantom", _folder["s"], "--shape", shape]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(Names(_folder.Path));
    }

    private static Task<int> RunAsync(string[] args) => CommandLine.RunAsync(args, new StringWriter(), new StringWriter());

    private static IEnumerable<string?> Names(string folder) =>
        Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
