using System.IO.Compression;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Cli.Tests;

public sealed class SubmissionCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Pixels count from 1, row by row: in two rows of four the second row begins with 5.</summary>
    [Fact]
    public async Task Csv_KnownMasks_AreKagglesRunLengths()
    {
        string a = Write("a", [255, 255, 0, 0], [0, 0, 255, 255]);
        string b = Write("b", [0, 0, 0, 1], [1, 0, 0, 0]);
        string empty = Write("empty", [0, 0, 0, 0], [0, 0, 0, 0]);

        (int code, string output, string error) = await RunAsync("csv", $"a={a}", $"b-2={b}", $"empty={empty}", "-o", _folder["s.csv"]);

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal("Id,Predicted\na,1 2 7 2\nb-2,4 2\nempty,\n", await ReadAsync("s.csv"));
        Assert.Contains("3 masks", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decode_Csv_GivesTheMasksBack()
    {
        string a = Write("a", [255, 255, 0], [0, 0, 255]);
        string empty = Write("empty", [0, 0, 0], [0, 0, 0]);
        await RunAsync("csv", $"a={a}", $"empty={empty}", "-o", _folder["s.csv"]);

        (int code, string output, string error) = await RunAsync("decode", _folder["s.csv"], "--shape", "2,3", "-o", _folder["back"]);

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal([_folder["back/a.png"], _folder["back/empty.png"]], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal([255, 255, 0, 0, 0, 255], PixelsOf("back/a.png"));
        Assert.Equal(new byte[6], PixelsOf("back/empty.png"));
    }

    [Fact]
    public async Task Zip_AndDecode_GiveTheVolumeBack()
    {
        await CommandLine.RunAsync(["phantom", _folder["scroll"], "--shape", "3,32,40", "--seed", "3"], new StringWriter(), new StringWriter());
        await CommandLine.RunAsync(
            ["segment", _folder["scroll/volume.zarr"], "-o", _folder["mask.zarr"], "--model", "otsu"], new StringWriter(), new StringWriter());

        (int code, _, string error) = await RunAsync("zip", $"1407735={_folder["mask.zarr/labels/mask"]}", "-o", _folder["s.zip"]);
        Assert.True(code == ExitCode.Done, error);
        (code, string output, error) = await RunAsync("decode", _folder["s.zip"], "-o", _folder["back"]);

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(_folder["back/1407735.tif"], output.Trim());
        using StringWriter scores = new();
        await CommandLine.RunAsync(
            ["evaluate", _folder["back/1407735.tif"], _folder["mask.zarr/labels/mask"], "--metrics", "dice", "--json"], scores, new StringWriter());
        Assert.Contains("\"dice\": 1", scores.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["back.partial"]));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "expected ID=MASK", "csv", "a.png")]
    [InlineData(ExitCode.Usage, "is no name, or is there twice", "csv", "a=a.png", "a=a.png")]
    [InlineData(ExitCode.Usage, "is no name, or is there twice", "csv", "../a=a.png")]
    [InlineData(ExitCode.Usage, "a mask has 0, 1 or 255", "csv", "a=grey.png")]
    [InlineData(ExitCode.Usage, "a mask has 0, 1 or 255", "zip", "a=grey.png")]
    [InlineData(ExitCode.InputOutput, "nowhere.png", "csv", "a=nowhere.png")]
    [InlineData(ExitCode.Mismatch, "exists", "csv", "a=a.png", "-o", "a.png")]
    [InlineData(ExitCode.Usage, "--shape H,W", "decode", "good.csv")]
    [InlineData(ExitCode.Usage, "expected H,W", "decode", "good.csv", "--shape", "2")]
    [InlineData(ExitCode.BadInput, "within 6 pixels", "decode", "good.csv", "--shape", "2,3")]
    [InlineData(ExitCode.BadInput, "expected pairs", "decode", "odd.csv", "--shape", "2,4")]
    [InlineData(ExitCode.BadInput, "expected 'Id,Predicted'", "decode", "a.png", "--shape", "2,4")]
    [InlineData(ExitCode.BadInput, "no zip archive", "decode", "bad.zip")]
    [InlineData(ExitCode.BadInput, "expected files named ID.tif", "decode", "other.zip")]
    public async Task Submission_BadInput_IsRefusedInOneLineAndLeavesNothing(int expected, string message, params string[] args)
    {
        Write("a", [0, 255, 255, 0], [0, 0, 255, 255]);
        Write("grey", [0, 77, 255, 0], [0, 0, 255, 255]);
        await File.WriteAllTextAsync(_folder["good.csv"], "Id,Predicted\na,2 2 7 2\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["odd.csv"], "Id,Predicted\na,2 2 7\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["bad.zip"], "not a zip", TestContext.Current.CancellationToken);
        await using (ZipArchive archive = await ZipFile.OpenAsync(_folder["other.zip"], ZipArchiveMode.Create, TestContext.Current.CancellationToken))
        {
            archive.CreateEntry("1.tif");
            archive.CreateEntry("readme.txt");
        }

        string[] before = [.. Directory.EnumerateFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal)];

        (int code, string output, string error) = await RunAsync([.. args.Select(InFolder), .. args.Contains("-o") ? [] : (string[])["-o", _folder["out"]]]);

        Assert.True(expected == code, error);
        Assert.Contains(message, error, StringComparison.OrdinalIgnoreCase);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(output);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    private string InFolder(string word) => !word.Contains('.') ? word : word.Contains('=') ? $"{word.Split('=')[0]}={_folder[word.Split('=')[1]]}" : _folder[word];

    private string Write(string name, params byte[][] rows)
    {
        string path = _folder[$"{name}.png"];
        File.WriteAllBytes(path, PngFile.Encode(new PixelImage(rows.Length, rows[0].Length, 1, VoxelType.UInt8, [.. rows.SelectMany(row => row)])));
        return path;
    }

    private byte[] PixelsOf(string name) => PngFile.Read(_folder[name]).Samples;

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(_folder[name], TestContext.Current.CancellationToken);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(["submission", .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
