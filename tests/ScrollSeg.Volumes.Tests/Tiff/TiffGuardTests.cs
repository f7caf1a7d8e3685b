using System.Buffers.Binary;
using System.Text;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Tiff;

/// <summary>Files of one directory that are odd in one place each.</summary>
public sealed class TiffGuardTests
{
    private const int Height = 2;
    private const int Width = 3;
    private const int FirstStrip = 8;

    [Theory]
    [InlineData(1, "ImageJ=1.53\nslices=400\n")] // more planes than the file has
    [InlineData(3, "ImageJ=1.53\nslices=2\n")] // ImageJ keeps the samples of a pixel together
    [InlineData(1, "ImageJ=1.53\nchannels=65536\nslices=65536\nframes=65536\n")] // 2^48
    [InlineData(1, "ImageJ=1.53\nchannels=2097152\nslices=2097152\nframes=4194304\n")] // 2^64
    public async Task OpenAsync_ImageJStackThatCannotBe_IsRefused(int planes, string description)
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, planes, description, strips: [FirstStrip, FirstStrip + 6, FirstStrip + 12]);

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(
            () => TiffPagesVolume.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken));

        Assert.Contains("ImageJ's description says", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ReadAsync_OnePlaneLeftOut_IsReportedAbsent(int missing)
    {
        using TemporaryFolder folder = new();
        uint[] strips = [FirstStrip, FirstStrip + 6, FirstStrip + 12];
        strips[missing] = 0;
        string path = Write(folder, planes: 3, "", strips);
        await using TiffPagesVolume volume = await TiffPagesVolume.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, VoxelType.UInt8);

        IReadOnlyList<Box3> absent = await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Assert.Equal(volume.Info.Bounds, Assert.Single(absent));
    }

    /// <summary>A page of 2 x 3 samples of 8 bits, or of three planes of such.</summary>
    private static string Write(TemporaryFolder folder, int planes, string description, uint[] strips)
    {
        byte[] text = Encoding.ASCII.GetBytes(description + "\0\0\0\0\0");
        uint[] offsets = strips[..planes];
        int arrays = FirstStrip + (3 * Height * Width);
        int textAt = arrays + (planes * 8);
        List<(ushort Tag, ushort Type, int Count, int Value)> tags =
        [
            (TiffTags.ImageWidth, 4, 1, Width),
            (TiffTags.ImageLength, 4, 1, Height),
            (TiffTags.BitsPerSample, 3, 1, 8),
            (TiffTags.Photometric, 3, 1, planes == 1 ? TiffCodes.MinIsBlack : TiffCodes.Rgb),
            (TiffTags.ImageDescription, 2, text.Length, textAt),
            (TiffTags.StripOffsets, 4, planes, planes == 1 ? (int)offsets[0] : arrays),
            (TiffTags.SamplesPerPixel, 3, 1, planes),
            (TiffTags.StripByteCounts, 4, planes, planes == 1 ? Height * Width : arrays + (planes * 4)),
            (TiffTags.PlanarConfiguration, 3, 1, 2),
        ];
        byte[] file = new byte[textAt + text.Length + 2 + (tags.Count * 12) + 4];
        "II*\0"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), textAt + text.Length);
        for (int i = 0; i < planes; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(arrays + (i * 4)), offsets[i]);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(arrays + ((planes + i) * 4)), offsets[i] == 0 ? 0 : Height * Width);
        }

        text.CopyTo(file, textAt);
        Span<byte> directory = file.AsSpan(textAt + text.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(directory, (ushort)tags.Count);
        for (int i = 0; i < tags.Count; i++)
        {
            Span<byte> entry = directory[(2 + (i * 12))..];
            BinaryPrimitives.WriteUInt16LittleEndian(entry, tags[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], tags[i].Type);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], tags[i].Count);
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], tags[i].Value);
        }

        File.WriteAllBytes(folder["page.tif"], file);
        return folder["page.tif"];
    }
}
