using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

public sealed class InfoConvertCommandTests : IDisposable
{
    private static readonly Shape3 Shape = new(7, 50, 41);

    private readonly TemporaryFolder _folder = new();

    public InfoConvertCommandTests()
    {
        Directory.CreateDirectory(_folder["scan"]);
        AtomicFile files = new(FileOperations.System, Durability.None);
        for (int z = 0; z < Shape.Z; z++)
        {
            using VoxelBuffer plane = VoxelBuffer.Rent(Shape with { Z = 1 }, VoxelType.UInt16);
            Span<ushort> voxels = plane.Plane<ushort>(0);
            for (int i = 0; i < voxels.Length; i++)
            {
                voxels[i] = Value(z, i / Shape.X, i % Shape.X);
            }

            TiffFile.Write(Path.Combine(_folder["scan"], $"{z:00}.tif"), plane, files, TiffCompression.Lzw);
        }

        File.WriteAllText(Path.Combine(_folder["scan"], "meta.json"), """{"voxelsize":7.91,"slices":8}""");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("8,64,64", 1, 3)]
    [InlineData("4,16,16", 2 * 4 * 3, 2)]
    public async Task Convert_ToShards_WritesThemAndReadsTheSame(string shard, int files, int levels)
    {
        (int code, _, string error) = await RunAsync(
            "convert", _folder["scan"], _folder["a.zarr"], "--zarr-format", "3", "--shard-shape", shard,
            "--chunk", "4,16,16", "--levels", $"{levels}", "--voxel-memory", "8MiB");
        Assert.True(code == ExitCode.Done, error);

        await using VolumeReader source = await VolumeFormats.OpenAsync(_folder["scan"], new ReaderOptions(), CancellationToken.None);
        await using VolumeReader result = await VolumeFormats.OpenAsync(_folder["a.zarr"], new ReaderOptions(), CancellationToken.None);
        using VoxelBuffer expected = VoxelBuffer.Rent(Shape, VoxelType.UInt16);
        using VoxelBuffer actual = VoxelBuffer.Rent(Shape, VoxelType.UInt16);
        await source.ReadAsync(source.Info.Bounds, expected, TestContext.Current.CancellationToken);
        await result.ReadAsync(result.Info.Bounds, actual, TestContext.Current.CancellationToken);

        Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
        Assert.Equal("Zarr v3 (NGFF 0.5)", result.Info.Format);
        Assert.Equal(levels, result.Info.Levels.Count);
        Assert.Empty(result.Info.Defects);
        Assert.Equal(files, Directory.GetFiles(_folder["a.zarr/0/c"], "*", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData("--shard-shape", "128,128,128", "--zarr-format 3")]
    [InlineData("--zarr-format", "4", "Must be one of")]
    public async Task Convert_ShardsThatDoNotWork_AreWrongUsage(string option, string value, string problem)
    {
        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["a.zarr"], option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.tif", null)]
    [InlineData("a.nrrd", null)]
    [InlineData("slices", "tiffs")]
    public async Task Convert_ToTiffOrNrrd_WritesTheSameVoxels(string name, string? kind)
    {
        string[] to = kind is null ? [] : ["--to", kind];
        (int code, _, string error) = await RunAsync(["convert", _folder["scan"], _folder[name], "--voxel-memory", "1MiB", .. to]);
        Assert.True(code == ExitCode.Done, error);
        (int again, _, _) = await RunAsync(["convert", _folder["scan"], _folder[name], .. to]);
        (int replaced, _, string problem) = await RunAsync(["convert", _folder["scan"], _folder[name], "--overwrite", .. to]);
        Assert.Equal((ExitCode.Mismatch, ExitCode.Done), (again, replaced));
        Assert.DoesNotContain("error", problem, StringComparison.Ordinal);

        await using VolumeReader result = await VolumeFormats.OpenAsync(_folder[name], new ReaderOptions(), CancellationToken.None);
        using VoxelBuffer actual = VoxelBuffer.Rent(Shape, VoxelType.UInt16);
        await result.ReadAsync(result.Info.Bounds, actual, TestContext.Current.CancellationToken);
        Assert.Equal(Value(6, 49, 40), actual.Plane<ushort>(6)[^1]);
        Assert.Equal(Value(0, 1, 0), actual.Plane<ushort>(0)[Shape.X]);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_folder.Path), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public async Task Convert_ToCompressedTiff_HoldsTheSameVoxels()
    {
        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["a.tif"], "--codec", "deflate");
        Assert.True(code == ExitCode.Done, error);

        await using VolumeReader result = await VolumeFormats.OpenAsync(_folder["a.tif"], new ReaderOptions(), CancellationToken.None);
        using VoxelBuffer actual = VoxelBuffer.Rent(Shape, VoxelType.UInt16);
        await result.ReadAsync(result.Info.Bounds, actual, TestContext.Current.CancellationToken);
        Assert.Equal("deflate", result.Info.Codec);
        Assert.Equal(Value(6, 49, 40), actual.Plane<ushort>(6)[^1]);
    }

    [Fact]
    public async Task Convert_ZarrOptionForTiff_IsWrongUsage()
    {
        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["a.tif"], "--codec", "zstd", "--levels", "2");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--levels is a matter of Zarr", error, StringComparison.Ordinal);

        (code, _, error) = await RunAsync("convert", _folder["scan"], _folder["a.tif"], "--codec", "blosc-zstd");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("TIFF is written with none, lzw, deflate or zstd", error, StringComparison.Ordinal);

        (code, _, error) = await RunAsync("convert", _folder["scan"], _folder["a.nrrd"], "--codec", "zstd");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--codec is a matter of Zarr", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_OfANiftiWithSlope_SaysThatItIsNotApplied()
    {
        byte[] header = new byte[352];
        BitConverter.TryWriteBytes(header, 348);
        Buffer.BlockCopy(new short[] { 3, 2, 2, 2 }, 0, header, 40, 8);
        Buffer.BlockCopy(new short[] { 2, 8 }, 0, header, 70, 4);
        Buffer.BlockCopy(new float[] { 352, 2, 5 }, 0, header, 108, 12);
        "n+1\0"u8.CopyTo(header.AsSpan(344));
        await File.WriteAllBytesAsync(_folder["a.nii"], [.. header, 1, 2, 3, 4, 5, 6, 7, 8], TestContext.Current.CancellationToken);

        (int code, string output, _) = await RunAsync("info", _folder["a.nii"]);
        (int converted, _, string error) = await RunAsync("convert", _folder["a.nii"], _folder["a.zarr"]);

        Assert.Equal((ExitCode.Done, ExitCode.Done), (code, converted));
        Assert.Contains("value = 2 * voxel + 5", output, StringComparison.Ordinal);
        Assert.Contains("value = 2 * voxel + 5", error, StringComparison.Ordinal);

        (_, _, string notes) = await RunAsync("plan", _folder["a.nii"], "-o", _folder["o.zarr"], "--model", "otsu");
        Assert.Contains("value = 2 * voxel + 5", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_SliceFolder_PrintsATable()
    {
        (int code, string output, _) = await RunAsync("info", _folder["scan"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("format      TIFF slices", output, StringComparison.Ordinal);
        Assert.Contains("shape       [7, 50, 41] (z, y, x)", output, StringComparison.Ordinal);
        Assert.Contains("voxel size  7.91 x 7.91 x 7.91 um", output, StringComparison.Ordinal);
        Assert.Contains("defect      meta.json says slices 8, found 7.", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Info_Json_IsWhatScriptsNeed()
    {
        (_, string output, _) = await RunAsync("info", _folder["scan"], "--json");

        JsonElement info = JsonDocument.Parse(output).RootElement;
        Assert.Equal([7, 50, 41], info.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()));
        Assert.Equal("uint16", info.GetProperty("dtype").GetString());
        Assert.Equal(7.91, info.GetProperty("voxelSizeMicrometres")[0].GetDouble());
        Assert.Equal("lzw", info.GetProperty("codec").GetString());
    }

    [Fact]
    public async Task Info_DamagedSlice_IsBadInput()
    {
        File.WriteAllBytes(Path.Combine(_folder["scan"], "03.tif"), []);

        (int code, _, string error) = await RunAsync("info", _folder["scan"]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("03.tif: the file is empty", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1GiB")]
    [InlineData("8kB")] // a few chunks at a time
    public async Task Convert_Region_HasItsVoxelsScaleAndPlace(string memory)
    {
        (int code, _, string error) = await RunAsync(
            "convert", _folder["scan"], _folder["a.zarr"], "--region", "2:7,3:47,:", "--chunk", "4,8,8", "--levels", "3", "--voxel-memory", memory);
        Assert.True(code == ExitCode.Done, error);

        await using ZarrVolume volume =
            await ZarrVolume.OpenAsync(_folder["a.zarr"], new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, VoxelType.UInt16);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Assert.Equal((new Shape3(5, 44, 41), 3), (volume.Info.Shape, volume.Info.Levels.Count));
        Assert.Equal(new VoxelSize(7.91, 7.91, 7.91), volume.Info.VoxelSize);
        Assert.Empty(volume.Info.Defects);
        for (int z = 0; z < 5; z++)
        {
            for (int y = 0; y < 44; y++)
            {
                for (int x = 0; x < 41; x++)
                {
                    Assert.Equal(Value(z + 2, y + 3, x), voxels.Plane<ushort>(z)[(y * 41) + x]);
                }
            }
        }

        string attributes = File.ReadAllText(Path.Combine(_folder["a.zarr"], ".zattrs"));
        Assert.Contains("15.82", attributes, StringComparison.Ordinal); // 2 slices of 7.91 um below the region
        Assert.Contains("23.73", attributes, StringComparison.Ordinal); // 3 rows
    }

    [Fact]
    public async Task Convert_ToUInt8_KeepsHighBytes()
    {
        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["a.zarr"], "--dtype", "u1", "--codec", "none");
        Assert.True(code == ExitCode.Done, error);

        await using ZarrVolume volume =
            await ZarrVolume.OpenAsync(_folder["a.zarr"], new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxel = VoxelBuffer.Rent(new Shape3(1, 1, 1), VoxelType.UInt8);
        await volume.ReadAsync(new Box3((5, 40, 30), voxel.Shape), voxel, TestContext.Current.CancellationToken);

        Assert.Equal(Value(5, 40, 30) >> 8, voxel.Bytes[0]);
        Assert.Equal("none", volume.Info.Codec);
    }

    [Fact]
    public async Task Convert_ExistingDestination_IsRefusedUnlessOverwritten()
    {
        Directory.CreateDirectory(_folder["a.zarr"]);
        File.WriteAllText(Path.Combine(_folder["a.zarr"], "precious"), "");
        File.WriteAllText(Path.Combine(_folder["a.zarr"], ".zgroup"), """{"zarr_format":2}""");

        (int refused, _, string error) = await RunAsync("convert", _folder["scan"], _folder["a.zarr"]);
        Assert.Equal(ExitCode.Mismatch, refused);
        Assert.Contains("--overwrite", error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["a.zarr"], "precious")));

        (int done, _, _) = await RunAsync("convert", _folder["scan"], _folder["a.zarr"], "--overwrite");
        Assert.Equal(ExitCode.Done, done);
        Assert.False(File.Exists(Path.Combine(_folder["a.zarr"], "precious")));
        Assert.True(File.Exists(Path.Combine(_folder["a.zarr"], ".zattrs")));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_folder.Path).Count()); // scan and a.zarr: nothing temporary is left
    }

    [Fact]
    public async Task Convert_DamagedInput_LeavesNothingAndTheOldDestination()
    {
        string slice = Path.Combine(_folder["scan"], "06.tif");
        byte[] content = File.ReadAllBytes(slice);
        content.AsSpan(20, 200).Fill(0xFF);
        File.WriteAllBytes(slice, content);

        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["a.zarr"]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("06.tif: page 0 (lzw)", error, StringComparison.Ordinal);
        Assert.Equal([_folder["scan"]], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("--region", "0:8,:,:")]
    [InlineData("--region", "1:2,3")]
    [InlineData("--chunk", "0,1,1")]
    [InlineData("--codec", "rar")]
    [InlineData("--dtype", "i8")]
    [InlineData("--window", "3")]
    [InlineData("--memory", "much")]
    [InlineData("--memory", "10")]
    [InlineData("--levels", "0")]
    public async Task Convert_WrongOption_IsUsage(string option, string value)
    {
        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["a.zarr"], option, value);

        Assert.True(code == ExitCode.Usage, $"{code}: {error}");
        Assert.False(Path.Exists(_folder["a.zarr"]));
    }

    [Theory]
    [InlineData("a.zarr", "besides the")]
    [InlineData("a.tif", "the program itself")]
    public async Task Convert_WithLessMemoryThanTheProgramTakes_SaysHowMuchWorks(string name, string problem)
    {
        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder[name], "--memory", "4MiB");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder[name]));
    }

    [Fact]
    public async Task Convert_OntoItself_IsRefused()
    {
        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["scan"], "--overwrite");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("the source would be lost", error, StringComparison.Ordinal);
        Assert.Equal(Shape.Z + 1, Directory.EnumerateFiles(_folder["scan"]).Count());
    }

    private static ushort Value(int z, int y, int x) => (ushort)((z * 7919) + (y * 1301) + (x * 17));

    [Fact]
    public async Task Convert_OntoAFolderOfOtherThings_IsRefusedEvenToOverwrite()
    {
        Directory.CreateDirectory(_folder["mine"]);
        File.WriteAllText(Path.Combine(_folder["mine"], "thesis.txt"), "all of it");

        (int code, _, string error) = await RunAsync("convert", _folder["scan"], _folder["mine"], "--overwrite");

        Assert.Equal(ExitCode.Mismatch, code);
        Assert.Contains("is no Zarr store, and is not overwritten", error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["mine"], "thesis.txt")));
    }

    [Fact]
    public async Task AnyVerb_EmptyArgument_IsAUsageError()
    {
        (int code, _, string error) = await RunAsync("info", "");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("An argument is empty", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
