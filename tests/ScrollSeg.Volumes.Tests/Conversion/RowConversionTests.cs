using ScrollSeg.Testing;
using ScrollSeg.Volumes.Conversion;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Conversion;

/// <summary>What is written row by row is what our readers read back; they are tested with files of other programs.</summary>
public sealed class RowConversionTests : IDisposable
{
    private static readonly Shape3 Shape = new(7, 23, 19);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("scan.tif", 1L << 30)]
    [InlineData("scan.tif", 1000)]
    [InlineData("big.tif", 1L << 20)]
    [InlineData("lzw.tif", 1L << 20)]
    [InlineData("deflate.tif", 1000)]
    [InlineData("zstd.tif", 1L << 20)]
    [InlineData("slices", 5000)]
    [InlineData("scan.nrrd", 100)]
    public async Task RunAsync_AnyMemory_GivesTheSameVoxels(string name, long memory)
    {
        await using MemoryVolume source = MemoryVolume.Of(Shape, new Shape3(3, 8, 8), Value);
        using (RowWriter writer = WriterOf(name, Shape, VoxelType.UInt16, first: 0))
        {
            await RowConversion.RunAsync(source, source.Info.Bounds, null, writer, memory, new Progress<long>(), TestContext.Current.CancellationToken);
        }

        await AssertHoldsAsync(name, source, source.Info.Bounds);
    }

    [Theory]
    [InlineData("scan.tif")]
    [InlineData("slices")]
    [InlineData("scan.nrrd")]
    public async Task RunAsync_OfARegion_GivesThatPart(string name)
    {
        Box3 region = new((2, 5, 3), new Shape3(4, 11, 13));
        await using MemoryVolume source = MemoryVolume.Of(Shape, new Shape3(3, 8, 8), Value);
        using (RowWriter writer = WriterOf(name, region.Shape, VoxelType.UInt16, first: 2))
        {
            await RowConversion.RunAsync(source, region, null, writer, 1 << 20, new Progress<long>(), TestContext.Current.CancellationToken);
        }

        await AssertHoldsAsync(name, source, region);
    }

    [Theory]
    [InlineData(1500, TiffCompression.None, false)]
    [InlineData(1500, TiffCompression.Zstd, false)]
    [InlineData(1500, TiffCompression.Lzw, true)] // noise grows by as much as half
    [InlineData(1300, TiffCompression.Lzw, false)]
    [InlineData(2100, TiffCompression.None, true)]
    public void TiffPages_ThatMayBecome4GiB_AreBigTiff(int slices, TiffCompression compression, bool isBig)
    {
        using TiffPagesWriter writer = new(_folder["scan.tif"], new Shape3(slices, 1024, 1024), VoxelType.UInt16, compression: compression);

        Assert.Equal(isBig, writer.IsBig);
    }

    [Fact]
    public async Task RunAsync_ToAnotherType_Converts()
    {
        await using MemoryVolume source = MemoryVolume.Of(Shape, new Shape3(3, 8, 8), Value);
        using (RowWriter writer = WriterOf("scan.tif", Shape, VoxelType.UInt8, first: 0))
        {
            await RowConversion.RunAsync(source, source.Info.Bounds, null, writer, 1 << 20, new Progress<long>(), TestContext.Current.CancellationToken);
        }

        await using VolumeReader result = await OpenAsync("scan.tif");
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt8);
        await result.ReadAsync(result.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        Assert.Equal(Value(6, 22, 18) >> 8, voxels.Bytes[^1]);
    }

    /// <summary>A page of several strips, with an odd number of bytes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TiffPagesWriter_SeveralStrips_AreReadBack(bool isBig)
    {
        Shape3 shape = new(3, 1201, 1003);
        byte[] row = new byte[shape.X];
        using (TiffPagesWriter writer = new(_folder["scan.tif"], shape, VoxelType.Int8, isBig))
        {
            for (int i = 0; i < shape.Z * shape.Y; i++)
            {
                Array.Fill(row, (byte)(i % 251));
                writer.Write(row);
            }

            writer.Complete();
        }

        await using VolumeReader result = await OpenAsync("scan.tif");
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.Int8);
        await result.ReadAsync(result.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        Assert.Equal((isBig ? "BigTIFF" : "TIFF", shape), (result.Info.Format, result.Info.Shape));
        for (int i = 0; i < shape.Z * shape.Y; i++)
        {
            Assert.False(voxels.Row(i / shape.Y, i % shape.Y).ContainsAnyExcept((byte)(i % 251)), $"row {i}");
        }
    }

    [Fact]
    public void Complete_TooFewRows_IsRefused()
    {
        using TiffPagesWriter tiff = new(_folder["scan.tif"], Shape, VoxelType.UInt8);
        using NrrdWriter nrrd = new(_folder["scan.nrrd"], Shape, VoxelType.UInt8, null);

        Assert.Throws<InvalidOperationException>(tiff.Complete);
        Assert.Throws<InvalidOperationException>(nrrd.Complete);
        Assert.Throws<ArgumentException>(() => tiff.Write(new byte[3]));
    }

    [Fact]
    public async Task NrrdWriter_WithVoxelSize_TellsItBack()
    {
        using (NrrdWriter writer = new(_folder["scan.nrrd"], new Shape3(1, 1, 1), VoxelType.Float32, new VoxelSize(3, 2.5, 1)))
        {
            writer.Write(new byte[4]);
            writer.Complete();
        }

        await using VolumeReader result = await OpenAsync("scan.nrrd");
        Assert.Equal((new VoxelSize(3, 2.5, 1), VoxelType.Float32), (result.Info.VoxelSize, result.Info.Type));
    }

    /// <summary>Strips that do not fit among those that are compressed together.</summary>
    [Fact]
    public async Task TiffPagesWriter_ManyCompressedStrips_AreReadBack()
    {
        Shape3 shape = new(2, 9, 300_000);
        using (TiffPagesWriter writer = new(_folder["wide.tif"], shape, VoxelType.UInt16, compression: TiffCompression.Zstd))
        {
            byte[] row = new byte[2 * shape.X];
            for (int i = 0; i < shape.Z * shape.Y; i++)
            {
                row.AsSpan().Fill((byte)(i + 1));
                writer.Write(row);
            }

            writer.Complete();
        }

        await using VolumeReader result = await OpenAsync("wide.tif");
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt16);
        await result.ReadAsync(result.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        for (int i = 0; i < shape.Z * shape.Y; i++)
        {
            Assert.False(voxels.Row(i / shape.Y, i % shape.Y).ContainsAnyExcept((byte)(i + 1)));
        }
    }

    private static ushort Value(int z, int y, int x) => (ushort)((z * 7919) + (y * 131) + (x * 17));

    private RowWriter WriterOf(string name, Shape3 shape, VoxelType type, int first) => name switch
    {
        "scan.nrrd" => new NrrdWriter(_folder[name], shape, type, null),
        "slices" => new TiffStackWriter(_folder[name], shape, type, first),
        "lzw.tif" => new TiffPagesWriter(_folder[name], shape, type, compression: TiffCompression.Lzw),
        "deflate.tif" => new TiffPagesWriter(_folder[name], shape, type, compression: TiffCompression.Deflate),
        "zstd.tif" => new TiffPagesWriter(_folder[name], shape, type, isBig: true, compression: TiffCompression.Zstd),
        "big.tif" => new TiffPagesWriter(_folder[name], shape, type, isBig: true),
        _ => new TiffPagesWriter(_folder[name], shape, type),
    };

    private Task<VolumeReader> OpenAsync(string name) =>
        VolumeFormats.OpenAsync(_folder[name], new ReaderOptions(), TestContext.Current.CancellationToken);

    private async Task AssertHoldsAsync(string name, VolumeReader source, Box3 region)
    {
        await using VolumeReader result = await OpenAsync(name);
        using VoxelBuffer expected = VoxelBuffer.Rent(region.Shape, source.Info.Type);
        using VoxelBuffer actual = VoxelBuffer.Rent(region.Shape, source.Info.Type);
        await source.ReadAsync(region, expected, TestContext.Current.CancellationToken);

        Assert.Equal((region.Shape, source.Info.Type), (result.Info.Shape, result.Info.Type));
        Assert.Empty(result.Info.Defects);
        await result.ReadAsync(result.Info.Bounds, actual, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
    }
}
