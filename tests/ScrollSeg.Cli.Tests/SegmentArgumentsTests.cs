using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;

namespace ScrollSeg.Tests;

public sealed class SegmentArgumentsTests
{
    [Fact]
    public void Of_CommandLine_KeepsWhatAnotherProcessNeedsWithAbsolutePaths()
    {
        SegmentArguments arguments = Of("scan.zarr/0", "-o", "out/masks.zarr", "--model", "otsu", "--forbidden-is-absent", "--s3-endpoint", "http://here:9000",
            "--shard", "1/2", "--workers", "3", "--overwrite", "--json", "--deadline", "3h");

        string[] expected =
        [
            Path.GetFullPath("scan.zarr/0"), "--output", Path.GetFullPath("out/masks.zarr"), "--model", "otsu", "--forbidden-is-absent", "--s3-endpoint", "http://here:9000",
        ];
        Assert.Equal(expected, arguments.ToWords());
    }

    [Theory]
    [InlineData("https://server/scan.zarr")]
    [InlineData("s3://bucket/scan.zarr/0")]
    public void Of_Address_IsKept(string address) => Assert.Equal(address, Of(address, "-o", "masks.zarr").Volume);

    [Fact]
    public void With_AnOptionThatIsThere_ReplacesIt()
    {
        SegmentArguments arguments = new SegmentArguments("/a", [("--memory", "1GiB"), ("--model", "otsu")]).With("--memory", "-2").With("--worker", null);

        Assert.Equal(["/a", "--model", "otsu", "--memory=-2", "--worker"], arguments.ToWords());
        Assert.Equal(["/a", "--memory=-2"], arguments.Without("--worker", "--model").ToWords());
    }

    private static SegmentArguments Of(params string[] words) =>
        SegmentCommand.ArgumentsOf(SegmentCommand.Create(HostEnvironment.Bare).Parse(words));
}
