using ScrollSeg.Testing;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests;

public sealed class VolumeFormatsTests : IDisposable
{
    private static readonly AtomicFile Files = new(FileOperations.System, Durability.None);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_FragmentFolder_OpensItsSurfaceVolume()
    {
        WriteSlices("surface_volume");
        File.WriteAllBytes(_folder["mask.png"], PngFile.Encode(new PixelImage(1, 1, 1, VoxelType.UInt8, [1])));

        await using VolumeReader volume = await OpenAsync(_folder.Path);

        Assert.IsType<SliceFolderVolume>(volume);
        Assert.Equal(_folder["surface_volume"], volume.Info.Path);
    }

    [Fact]
    public async Task OpenAsync_VolpkgOfOneVolume_OpensIt()
    {
        WriteSlices("volumes/20230205180739");

        await using VolumeReader volume = await OpenAsync(_folder.Path);

        Assert.Equal(_folder["volumes/20230205180739"], volume.Info.Path);
    }

    [Fact]
    public async Task OpenAsync_VolpkgOfTwoVolumes_AsksForOne()
    {
        WriteSlices("volumes/1");
        WriteSlices("volumes/2");

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync(_folder.Path));

        Assert.Contains("2 volumes lie in it; name one", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_TiffWithAnotherName_IsKnownByItsContent()
    {
        WriteSlices("s");
        File.Move(_folder["s/0.tif"], _folder["volume.dat"]);

        await using VolumeReader volume = await OpenAsync(_folder["volume.dat"]);

        Assert.IsType<TiffPagesVolume>(volume);
    }

    [Fact]
    public async Task OpenAsync_ZarrArray_IsZarrWhateverItsName()
    {
        ZarrArrayWriter.Create(_folder["plain"], new ZarrArraySpec(new Shape3(2, 2, 2), new Shape3(1, 1, 1), VoxelType.UInt8), Files);

        await using VolumeReader volume = await OpenAsync(_folder["plain"]);

        Assert.IsType<ZarrVolume>(volume);
    }

    [Fact]
    public async Task OpenAsync_Nothing_SaysSo()
    {
        FileNotFoundException e = await Assert.ThrowsAsync<FileNotFoundException>(() => OpenAsync(_folder["none"]));

        Assert.Contains("no such file or folder", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text.txt", "first bytes are of no known kind")]
    [InlineData("empty.tif", "the file is empty")]
    [InlineData("one.png", "a single PNG image is no volume")]
    [InlineData("folder", "holds no volume that is understood")]
    public async Task OpenAsync_SomethingElse_ListsWhatIsUnderstood(string name, string problem)
    {
        File.WriteAllText(_folder["text.txt"], "some text, longer than a signature");
        File.WriteAllBytes(_folder["empty.tif"], []);
        File.WriteAllBytes(_folder["one.png"], PngFile.Encode(new PixelImage(1, 1, 1, VoxelType.UInt8, [1])));
        Directory.CreateDirectory(_folder["folder"]);
        File.WriteAllText(Path.Combine(_folder["folder"], "readme.md"), "nothing");

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync(_folder[name]));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("Understood are: a Zarr array", e.Message, StringComparison.Ordinal);
    }

    private static Task<VolumeReader> OpenAsync(string path) =>
        VolumeFormats.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);

    private void WriteSlices(string folder)
    {
        Directory.CreateDirectory(_folder[folder]);
        for (int z = 0; z < 2; z++)
        {
            using VoxelBuffer plane = VoxelBuffer.Rent(new Shape3(1, 3, 4), VoxelType.UInt8);
            plane.Bytes.Fill((byte)z);
            TiffFile.Write(Path.Combine(_folder[folder], $"{z}.tif"), plane, Files, TiffCompression.None);
        }
    }
}
