using System.Runtime.InteropServices;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Images;

public sealed class SliceFolderTests : IDisposable
{
    private static readonly AtomicFile Files = new(FileOperations.System, Durability.None);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a/slice_007.tif", 7L)]
    [InlineData("2023_slice12b.tif", 12L)]
    [InlineData("00000.tif", 0L)]
    [InlineData("mask.png", null)]
    public void NumberOf_Name_IsItsLastWholeNumber(string name, long? number) => Assert.Equal(number, SliceFolder.NumberOf(name));

    [Fact]
    public async Task OpenAsync_SliceOfAnotherExtent_NamesTheFirstOddFile()
    {
        WriteTiff("1.tif", 4, 5);
        WriteTiff("2.tif", 4, 5);
        WriteTiff("3.tif", 4, 6);

        VolumeFormatException e = await Refused();

        Assert.StartsWith(_folder["3.tif"], e.Message, StringComparison.Ordinal);
        Assert.Contains("4 x 6 uint16, expected 4 x 5 uint16 as in 1.tif", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_EmptyFile_IsNamed()
    {
        WriteTiff("1.tif", 4, 5);
        File.WriteAllBytes(_folder["2.tif"], []);

        Assert.Contains("2.tif: the file is empty", (await Refused()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".tif")]
    [InlineData(".png")]
    public async Task OpenAsync_TruncatedFile_IsNamed(string extension)
    {
        Write($"1{extension}", 40, 50);
        Write($"2{extension}", 40, 50);
        byte[] whole = File.ReadAllBytes(_folder[$"2{extension}"]);
        File.WriteAllBytes(_folder[$"2{extension}"], whole[..^9]);

        Assert.StartsWith(_folder[$"2{extension}"], (await Refused()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_SameNumberTwice_IsRefused()
    {
        WriteTiff("a1.tif", 4, 5);
        WriteTiff("b01.tif", 4, 5);

        Assert.Contains("slice number 1 is also a1.tif's", (await Refused()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_SeveralKinds_IsRefused()
    {
        WriteTiff("1.tif", 4, 5);
        WritePng("2.png", 4, 5);

        Assert.Contains("several kinds: 1 TIFF (1.tif), 1 PNG (2.png)", (await Refused()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_GapsAndStrangers_AreDefects()
    {
        WriteTiff("1.tif", 4, 5);
        WriteTiff("2.tif", 4, 5);
        WriteTiff("6.tif", 4, 5);
        WriteTiff("composite.tif", 9, 9);

        await using SliceFolderVolume volume = await OpenAsync();

        Assert.Equal(new Shape3(3, 4, 5), volume.Info.Shape);
        Assert.Contains(volume.Info.Defects, defect => defect.Contains("left out: composite.tif", StringComparison.Ordinal));
        Assert.Contains(volume.Info.Defects, defect => defect.Contains("lacks 3 slices (3..5)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenAsync_MetaJson_GivesVoxelSizeAndContradictions()
    {
        WriteTiff("0.tif", 4, 5);
        WriteTiff("1.tif", 4, 5);
        File.WriteAllText(_folder["meta.json"], """{"type":"vol","voxelsize":7.91,"width":5,"height":4,"slices":3}""");

        await using SliceFolderVolume volume = await OpenAsync();

        Assert.Equal(new VoxelSize(7.91, 7.91, 7.91), volume.Info.VoxelSize);
        Assert.Equal("meta.json says slices 3, found 2.", Assert.Single(volume.Info.Defects));
    }

    [Fact]
    public async Task OpenAsync_GreyStoredAsColour_HasNoDefect()
    {
        PngFile.Write(_folder["1.png"], new PixelImage(1, 2, 3, VoxelType.UInt8, [9, 9, 9, 200, 200, 200]), Files);

        await using SliceFolderVolume volume = await OpenAsync();
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, VoxelType.UInt8);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Assert.Empty(volume.Info.Defects);
        Assert.Equal([9, 200], voxels.Bytes.ToArray());
    }

    [Fact]
    public async Task OpenAsync_ColourAndTransparency_AreDefects()
    {
        PngFile.Write(_folder["1.png"], new PixelImage(1, 1, 4, VoxelType.UInt8, [9, 80, 9, 200]), Files);

        await using SliceFolderVolume volume = await OpenAsync();

        Assert.Equal(2, volume.Info.Defects.Count);
    }

    [Fact]
    public async Task ReadAsync_FileReplacedWhileOpen_IsRefused()
    {
        WriteTiff("1.tif", 4, 5);
        await using SliceFolderVolume volume = await OpenAsync();
        WriteTiff("1.tif", 4, 6);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, VoxelType.UInt16);

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(
            async () => await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken));

        Assert.Contains("changed while the volume was open", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FingerprintAsync_SliceTouched_Changes()
    {
        WriteTiff("1.tif", 4, 5);
        await using SliceFolderVolume volume = await OpenAsync();
        string before = await volume.FingerprintAsync(withTimes: true, TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(_folder["1.tif"], new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));

        Assert.NotEqual(before, await volume.FingerprintAsync(withTimes: true, TestContext.Current.CancellationToken));
        Assert.Equal(
            await volume.FingerprintAsync(withTimes: false, TestContext.Current.CancellationToken),
            await volume.FingerprintAsync(withTimes: false, TestContext.Current.CancellationToken));
    }

    private Task<SliceFolderVolume> OpenAsync() =>
        SliceFolderVolume.OpenAsync(_folder.Path, new ReaderOptions(), TestContext.Current.CancellationToken);

    private Task<VolumeFormatException> Refused() => Assert.ThrowsAsync<VolumeFormatException>(OpenAsync);

    private void Write(string name, int height, int width)
    {
        if (name.EndsWith(".tif", StringComparison.Ordinal))
        {
            WriteTiff(name, height, width);
        }
        else
        {
            WritePng(name, height, width);
        }
    }

    private void WriteTiff(string name, int height, int width)
    {
        using VoxelBuffer plane = VoxelBuffer.Rent(new Shape3(1, height, width), VoxelType.UInt16);
        plane.Clear();
        TiffFile.Write(_folder[name], plane, Files, TiffCompression.None);
    }

    private void WritePng(string name, int height, int width) => PngFile.Write(
        _folder[name],
        new PixelImage(height, width, 1, VoxelType.UInt16, MemoryMarshal.AsBytes<ushort>(new ushort[height * width]).ToArray()),
        Files);
}
