using ScrollSeg.Cli;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Tests;

/// <summary><c>plan --picture</c>.</summary>
public sealed class PlanPictureTests : IDisposable
{
    private static readonly (byte, byte, byte) Orange = (230, 159, 0);
    private static readonly (byte, byte, byte) Vermilion = (213, 94, 0);

    private readonly SegmentScratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>Each of the voxel's groups has a row in the first part: two slices beside its own, and its own.</summary>
    [Theory]
    [InlineData("--strategy tuples --channels 3 --adapter rgb", 2, 1)]
    [InlineData("--strategy every", 0, 1)]
    [InlineData("--strategy tuples --channels 3 --adapter rgb --spacing uniform:4 --count 3 --seed 1", 6, 3)]
    [InlineData("--strategy tuples --channels 9 --adapter montage", 8, 1)]
    [InlineData("--axis x --strategy tuples --channels 3 --adapter rgb", 2, 1)]
    public async Task Plan_Picture_ShowsTheSlicesOfTheVoxelsGroups(string options, int neighbours, int owns)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + (x * 2) + z));

        (int code, string error) = await PlanAsync(options);

        Assert.True(code == ExitCode.Done, error);
        PixelImage picture = PngFile.Read(_scratch["way.png"]);
        Assert.Equal(neighbours, Cells(picture, Orange));
        Assert.Equal(owns, Cells(picture, Vermilion));
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(_scratch.Output)!, "masks*"));
    }

    [Theory]
    [InlineData("--voxel 3,50,20", "lies outside what is segmented")]
    [InlineData("--voxel 3,5,20 --stride 4", "is no target of")]
    [InlineData("--voxel 3,5", "is no voxel")]
    [InlineData("--model otsu", "looks at single voxels")]
    public async Task Plan_PictureOfWhatIsNot_IsRefused(string options, string problem)
    {
        _scratch.WriteScan((z, y, x) => (ushort)(100 + (x * 2) + z));

        (int code, string error) = await PlanAsync(options);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(File.Exists(_scratch["way.png"]));
    }

    private async Task<(int Code, string Error)> PlanAsync(string options)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        string[] model = options.Contains("--model", StringComparison.Ordinal) ? [] : ["--model", SegmentScratch.Checkpoint, "--device", "cpu"];
        int code = await CommandLine.RunAsync(
            ["plan", _scratch.Scan, "-o", _scratch.Output, "--support", "none", "--picture", _scratch["way.png"], .. model, .. options.Split(' ')], output, error);
        return (code, error.ToString());
    }

    /// <summary>Cells of a colour in the first part, whose cells lie beside each other with a white line between them.</summary>
    private static int Cells(PixelImage picture, (byte, byte, byte) colour)
    {
        int cells = 0;
        for (int y = 1; y < 230; y++)
        {
            for (int x = 1; x < 230; x++)
            {
                bool isCorner = At(y, x) == colour && At(y - 1, x) != colour && At(y, x - 1) != colour;
                cells += isCorner ? 1 : 0;
            }
        }

        return cells;

        (byte, byte, byte) At(int y, int x)
        {
            int at = ((y * picture.Width) + x) * 3;
            return (picture.Samples[at], picture.Samples[at + 1], picture.Samples[at + 2]);
        }
    }
}
