using System.Runtime.InteropServices;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Tiff;

/// <summary>Files of tifffile, libtiff and Pillow (tools/fixtures/make_tiff_fixtures.py), whose voxels follow a formula.</summary>
public sealed class TiffFixtureTests
{
    private static readonly Shape3 Shape = new(3, 37, 53);

    [Theory]
    [InlineData("bool-none", VoxelType.Bool)]
    [InlineData("bool-fax4", VoxelType.Bool)]
    [InlineData("f16-none", VoxelType.Float16)]
    [InlineData("f32-none", VoxelType.Float32)]
    [InlineData("f32-deflate-predictor3", VoxelType.Float32)]
    [InlineData("f32-deflate-predictor3-be", VoxelType.Float32)]
    [InlineData("f64-none", VoxelType.Float64)]
    [InlineData("i8-none", VoxelType.Int8)]
    [InlineData("i16-none", VoxelType.Int16)]
    [InlineData("i32-none", VoxelType.Int32)]
    [InlineData("i64-none", VoxelType.Int64)]
    [InlineData("u8-none", VoxelType.UInt8)]
    [InlineData("u8-packbits", VoxelType.UInt8)]
    [InlineData("u16-none-le", VoxelType.UInt16)]
    [InlineData("u16-none-be", VoxelType.UInt16)]
    [InlineData("u16-none-bigtiff-le", VoxelType.UInt16)]
    [InlineData("u16-none-bigtiff-be", VoxelType.UInt16)]
    [InlineData("u16-none-tiles", VoxelType.UInt16)]
    [InlineData("u16-deflate", VoxelType.UInt16)]
    [InlineData("u16-deflate-predictor-be", VoxelType.UInt16)]
    [InlineData("u16-lzw-predictor", VoxelType.UInt16)]
    [InlineData("u16-lzw-tiles", VoxelType.UInt16)]
    [InlineData("u16-min-is-white", VoxelType.UInt16)]
    [InlineData("u16-imagej-be", VoxelType.UInt16)]
    [InlineData("u16-zstd", VoxelType.UInt16)]
    [InlineData("f32-zstd-predictor3", VoxelType.Float32)]
    [InlineData("u16-zstd-predictor-tiles", VoxelType.UInt16)]
    [InlineData("u16-deflate-bigtiff-be", VoxelType.UInt16)]
    [InlineData("u32-zstd-predictor-bigtiff-be", VoxelType.UInt32)]
    [InlineData("u16-lzw-predictor-bigtiff-be", VoxelType.UInt16)]
    [InlineData("u8-packbits-bigtiff-be", VoxelType.UInt8)]
    [InlineData("u32-none", VoxelType.UInt32)]
    [InlineData("u64-none", VoxelType.UInt64)]
    [InlineData("u64-lzw-predictor", VoxelType.UInt64)]
    public async Task ReadAsync_FileOfOtherProgram_GivesItsVoxels(string name, VoxelType type)
    {
        await using TiffPagesVolume volume = await OpenAsync(name);
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, type);

        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Assert.Equal((Shape, type), (volume.Info.Shape, volume.Info.Type));
        for (int z = 0; z < Shape.Z; z++)
        {
            Assert.Equal(Expected(z, type), voxels.Plane(z).ToArray());
        }
    }

    [Theory]
    [InlineData("u16-lzma", "compression lzma (34925)")]
    [InlineData("u8-jpeg-bigtiff-be", "big-endian BigTIFF with compression jpeg")]
    [InlineData("u16-depth", "ImageDepth 3, TileDepth 2")]
    [InlineData("u16-truncated", "more slices than it has directories (tifffile's truncated)")]
    public async Task OpenAsync_UnknownFeature_IsRefusedByName(string name, string feature)
    {
        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync(name));

        Assert.Contains(feature, e.Message, StringComparison.Ordinal);
        Assert.Contains("page 0", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("u16-imagej-be", "several pages")]
    [InlineData("u16-truncated", "more slices than it has directories")]
    [InlineData("u16-none-le", "several pages")]
    public void SinglePage_FileOfSeveralSlices_IsRefused(string name, string problem)
    {
        using TiffSource source = new(Fixture.PathOf($"tiff/{name}.tif"));

        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => TiffSliceFormat.SinglePage(source));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OmeChannels_AreReported()
    {
        await using TiffPagesVolume volume = await OpenAsync("u8-ome-channels");

        Assert.Equal(new Shape3(2, 5, 53), volume.Info.Shape);
        Assert.Contains("2 channels and 1 frames", Assert.Single(volume.Info.Defects), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_MinIsWhite_IsReported()
    {
        await using TiffPagesVolume volume = await OpenAsync("u16-min-is-white");

        Assert.Contains("0 is white", Assert.Single(volume.Info.Defects), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_Colour_GivesLuminanceAndSaysSo()
    {
        await using TiffPagesVolume volume = await OpenAsync("rgb-lzw");
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, VoxelType.UInt8);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        double expected = (0.299 * (Value(0, 5, 7) % 256)) + (0.587 * (Value(1, 5, 7) % 256)) + (0.114 * (Value(2, 5, 7) % 256));
        Assert.Equal((int)Math.Round(expected), voxels.Row(0, 5)[7]);
        Assert.Contains("luminance", Assert.Single(volume.Info.Defects), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiff/grey-jpeg.tif", "tiff/grey-jpeg.expected.png", 1)]
    [InlineData("tiff/grey.jpg", "tiff/grey.jpg.expected.png", 1)]
    [InlineData("tiff/colour.jpg", "tiff/colour.jpg.expected.png", 3)]
    public void Read_Jpeg_IsWithinToleranceOfPillow(string name, string expectedName, int channels)
    {
        PixelImage image = ImageFile.Read(Fixture.PathOf(name));
        PixelImage expected = ImageFile.Read(Fixture.PathOf(expectedName));

        Assert.Equal((expected.Height, expected.Width, channels), (image.Height, image.Width, image.Channels));
        int worst = image.Samples.Zip(expected.Samples, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= 3, $"a sample is {worst} off"); // decoders round the cosine transform differently
    }

    [Fact]
    public void Read_ColourTiffAsImage_KeepsChannels()
    {
        PixelImage image = ImageFile.Read(Fixture.PathOf("tiff/rgb-lzw.tif"));

        Assert.Equal((Shape.Y, Shape.X, 3, VoxelType.UInt8), (image.Height, image.Width, image.Channels, image.Type));
        Assert.Equal((byte)Value(1, 20, 30), image.Samples[(((20 * Shape.X) + 30) * 3) + 1]);
    }

    [Fact]
    public async Task ReadAsync_OneTile_FetchesNoOther()
    {
        await using TiffPagesVolume volume = await OpenAsync("u16-none-tiles");
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 4, 4), VoxelType.UInt16);

        await volume.ReadAsync(new Box3((1, 2, 3), voxels.Shape), voxels, TestContext.Current.CancellationToken);

        Assert.Equal((1, 16 * 32 * 2), (volume.Counters.Chunks, volume.Counters.DecodedBytes));
        Assert.Equal((ushort)Value(1, 3, 4), voxels.Plane<ushort>(0)[5]);
    }

    /// <summary>LibTiff.NET would make room for the text of a tag that nobody asks for.</summary>
    [Fact]
    public async Task ReadAsync_TagWithMoreValuesThanTheFile_IsRefused()
    {
        const int Orientation = 274;
        using ScrollSeg.Testing.TemporaryFolder folder = new();
        byte[] bytes = await File.ReadAllBytesAsync("Fixtures/tiff/u16-lzw-predictor.tif", TestContext.Current.CancellationToken);
        int directory = BitConverter.ToInt32(bytes, 4);
        int entry = Enumerable.Range(0, BitConverter.ToUInt16(bytes, directory)).Select(i => directory + 2 + (12 * i))
            .First(at => BitConverter.ToUInt16(bytes, at) == Orientation);
        (bytes[entry + 2], bytes[entry + 7]) = (2, 0x7f); // text of 2 GiB
        await File.WriteAllBytesAsync(folder["long.tif"], bytes, TestContext.Current.CancellationToken);
        await using TiffPagesVolume volume = await TiffPagesVolume.OpenAsync(folder["long.tif"], new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(async () =>
            await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken));

        Assert.Contains("tag 274 of page 0 has 21307", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_DamagedStrip_NamesPageAndCause()
    {
        byte[] content = File.ReadAllBytes(Fixture.PathOf("tiff/u16-deflate.tif"));
        using Testing.TemporaryFolder folder = new();
        long strip = StripOffset(Fixture.PathOf("tiff/u16-deflate.tif"), page: 1);
        content.AsSpan((int)strip + 8, 16).Fill(0xFF);
        File.WriteAllBytes(folder["damaged.tif"], content);
        await using TiffPagesVolume volume =
            await TiffPagesVolume.OpenAsync(folder["damaged.tif"], new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt16);

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(
            async () => await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken));

        Assert.Contains("damaged.tif: page 1 (deflate): row 0 of strip 0 cannot be decoded:", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no reason given", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("u16-none-le")]
    [InlineData("u16-deflate")]
    [InlineData("u16-imagej-be")]
    [InlineData("u16-none-bigtiff-be")]
    public async Task OpenAsync_EveryTruncation_IsRefusedOrReadsWhole(string name)
    {
        byte[] whole = File.ReadAllBytes(Fixture.PathOf($"tiff/{name}.tif"));
        using Testing.TemporaryFolder folder = new();
        for (int length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(folder["part.tif"], whole[..length]);
            VolumeFormatException? refused = await ReadPartAsync(folder["part.tif"]);
            Assert.True(refused is not null || length > Shape.VoxelCount * 2, $"{length} of {whole.Length} bytes read as whole");
        }
    }

    /// <summary>Opens and reads a file; if that goes well the voxels must be right.</summary>
    private static async Task<VolumeFormatException?> ReadPartAsync(string path)
    {
        try
        {
            await using TiffPagesVolume volume =
                await TiffPagesVolume.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);
            Assert.Equal(Shape, volume.Info.Shape);
            using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt16);
            await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
            Assert.Equal(Expected(2, VoxelType.UInt16), voxels.Plane(2).ToArray());
            return null;
        }
        catch (VolumeFormatException e)
        {
            return e;
        }
    }

    private static Task<TiffPagesVolume> OpenAsync(string name) =>
        TiffPagesVolume.OpenAsync(Fixture.PathOf($"tiff/{name}.tif"), new ReaderOptions(), TestContext.Current.CancellationToken);

    private static long StripOffset(string path, int page)
    {
        using TiffSource source = new(path);
        return TiffPage.Read(source, TiffPages.Walk(source).ElementAt(page)).Offsets[0];
    }

    private static int Value(int z, int y, int x) => ((z * 7919) + (y * 131) + (x * 17)) % 65521;

    private static byte[] Expected(int z, VoxelType type) => type switch
    {
        VoxelType.Bool => Plane(z, value => (byte)(value % 3 == 0 ? 1 : 0)),
        VoxelType.UInt8 => Plane(z, value => (byte)value),
        VoxelType.Int8 => Plane(z, value => (sbyte)value),
        VoxelType.UInt16 => Plane(z, value => (ushort)value),
        VoxelType.Int16 => Plane(z, value => (short)value),
        VoxelType.UInt32 => Plane(z, value => (uint)value),
        VoxelType.Int32 => Plane(z, value => value),
        VoxelType.UInt64 => Plane(z, value => (ulong)value),
        VoxelType.Int64 => Plane(z, value => (long)value),
        VoxelType.Float16 => Plane(z, value => (Half)(value / 4.0 % 2048)),
        VoxelType.Float32 => Plane(z, value => value / 4f),
        VoxelType.Float64 => Plane(z, value => value / 4.0),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static byte[] Plane<T>(int z, Func<int, T> convert)
        where T : unmanaged
    {
        T[] values = new T[Shape.Y * Shape.X];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = convert(Value(z, i / Shape.X, i % Shape.X));
        }

        return MemoryMarshal.AsBytes<T>(values).ToArray();
    }
}
