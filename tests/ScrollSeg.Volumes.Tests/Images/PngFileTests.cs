using System.Runtime.InteropServices;
using CsCheck;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Tests.Images;

public sealed class PngFileTests
{
    [Fact]
    public void Write_AllValuesOf16BitGrey_ComeBack()
    {
        using TemporaryFolder folder = new();
        ushort[] values = [.. Enumerable.Range(0, 65536).Select(value => (ushort)value)];
        PixelImage image = new(256, 256, 1, VoxelType.UInt16, MemoryMarshal.AsBytes<ushort>(values).ToArray());

        PngFile.Write(folder["grey.png"], image, new AtomicFile(FileOperations.System, Durability.None));
        PixelImage read = PngFile.Read(folder["grey.png"]);

        Assert.Equal(values, MemoryMarshal.Cast<byte, ushort>(read.Samples).ToArray());
        Assert.Equal(new PngHeader(256, 256, 1, VoxelType.UInt16, 16, Interlaced: false), PngFile.ReadHeader(folder["grey.png"]));
    }

    [Fact]
    public void Encode_ThenRead_IsTheIdentity()
    {
        Gen<PixelImage> images =
            from height in Gen.Int[1, 9]
            from width in Gen.Int[1, 9]
            from channels in Gen.Int[1, 4]
            from wide in Gen.Bool
            let type = wide ? VoxelType.UInt16 : VoxelType.UInt8
            from samples in Gen.Byte.Array[height * width * channels * type.ByteSize()]
            select new PixelImage(height, width, channels, type, samples);

        images.Sample(
            image =>
            {
                using MemoryStream file = new(PngFile.Encode(image));
                PixelImage read = PngFile.Read(file, "image");
                Assert.Equal(image.Samples, read.Samples);
                Assert.Equal(
                    (image.Height, image.Width, image.Channels, image.Type), (read.Height, read.Width, read.Channels, read.Type));
            },
            seed: "0001scrollseg",
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void Read_EveryTruncation_IsRefused()
    {
        byte[] whole = PngFile.Encode(new PixelImage(5, 7, 3, VoxelType.UInt8, [.. Enumerable.Range(0, 105).Select(i => (byte)i)]));

        for (int length = 0; length < whole.Length; length++)
        {
            using MemoryStream part = new(whole[..length]);
            Assert.Throws<VolumeFormatException>(() => PngFile.Read(part, "part"));
        }
    }

    [Fact]
    public void Read_EveryFlippedBit_IsRefused()
    {
        byte[] whole = PngFile.Encode(new PixelImage(5, 7, 1, VoxelType.UInt8, [.. Enumerable.Range(0, 35).Select(i => (byte)(i * i))]));

        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            using MemoryStream file = new(damaged);
            Assert.Throws<VolumeFormatException>(() => PngFile.Read(file, "damaged"));
        }
    }

    [Fact]
    public void Read_WrongCrc_NamesChunkAndOffset()
    {
        byte[] file = PngFile.Encode(new PixelImage(1, 1, 1, VoxelType.UInt8, [7]));
        file[41] ^= 1; // the first byte of IDAT, which begins behind signature (8) and IHDR (25)
        using MemoryStream stream = new(file);

        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => PngFile.Read(stream, "a.png"));

        Assert.Contains("a.png: chunk IDAT at byte 33", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HeaderThatClaimsTooMuch_AllocatesNothing()
    {
        byte[] file = PngFile.Encode(new PixelImage(1, 1, 1, VoxelType.UInt8, [7]));
        file[16] = file[20] = 0x7F; // width and height beyond 2^30: the CRC below is of that header
        uint crc = Crc32.Finish(Crc32.Add(Crc32.Start, file.AsSpan(12, 17)));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), crc);
        using MemoryStream stream = new(file);
        long before = GC.GetAllocatedBytesForCurrentThread();

        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => PngFile.Read(stream, "huge.png"));

        Assert.Contains("more than deflate makes of a file of", e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void ToGrey_OfColour_IsLuminanceAndOfEqualChannelsTheirValue()
    {
        PixelImage image = new(1, 3, 3, VoxelType.UInt8, [255, 0, 0, 77, 77, 77, 10, 200, 30]);

        Assert.Equal([76, 77, 124], image.ToGrey().Samples); // 76.245; 77; 2.99 + 117.4 + 3.42 = 123.81
    }
}
