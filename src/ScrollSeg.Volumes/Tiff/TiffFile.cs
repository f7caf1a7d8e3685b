using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Writes single-page TIFF files (TIFF 6.0, little-endian, classic), and reads them as images.</summary>
public static class TiffFile
{
    /// <summary>Uncompressed bytes of a strip: the specification's 8 KiB are too small for discs of today.</summary>
    private const int StripBytes = 1 << 18;

    private const int ZstdLevel = 3;
    private const int HeaderBytes = 8;
    private const int EntryBytes = 12;
    private const ushort TypeShort = 3;
    private const ushort TypeLong = 4;

    /// <summary>Reads a single page of 1 to 4 samples of 8 or 16 bits as an image; single bits become 0 and 255.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged, has several pages, or stores samples otherwise.</exception>
    public static PixelImage Read(string path) => TiffImage.Read(path);

    /// <summary>Writes one grey slice, atomically.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="plane">The slice, <c>[1, H, W]</c>, uint8, uint16 or float32. Stays the caller's.</param>
    /// <param name="files">Writes the file.</param>
    /// <param name="compression">How the samples are stored.</param>
    /// <exception cref="ArgumentException">More than one slice, or a type that is not written.</exception>
    /// <exception cref="IOException">The system refused; nothing lies under the final name.</exception>
    public static void Write(string path, VoxelBuffer plane, AtomicFile files, TiffCompression compression) =>
        files.Write(path, Encode(plane, compression));

    /// <summary>The bytes of a file that holds one grey slice; the same for the same slice.</summary>
    /// <exception cref="ArgumentException">More than one slice, a type that is not written, or a slice of 2 GiB.</exception>
    public static byte[] Encode(VoxelBuffer plane, TiffCompression compression)
    {
        if (plane.Shape.Z != 1)
        {
            throw new ArgumentException($"A TIFF slice is [1, H, W], not {plane.Shape}.", nameof(plane));
        }

        if (plane.Type is not (VoxelType.UInt8 or VoxelType.UInt16 or VoxelType.Float32))
        {
            throw new ArgumentException(
                $"TIFF slices are written as uint8, uint16 or float32, not {plane.Type.NumpyName()}.", nameof(plane));
        }

        if (plane.ByteCount > Array.MaxLength - StripBytes)
        {
            throw new ArgumentException($"A slice of {plane.Shape} {plane.Type.NumpyName()} exceeds 2 GiB.", nameof(plane));
        }

        using MemoryStream file = new((int)(compression == TiffCompression.None ? plane.ByteCount + 4096 : plane.ByteCount / 2));
        file.SetLength(HeaderBytes);
        file.Position = HeaderBytes;
        int rowBytes = plane.Shape.X * plane.Type.ByteSize();
        int rowsPerStrip = Math.Clamp(StripBytes / rowBytes, 1, plane.Shape.Y);
        List<uint> offsets = [];
        List<uint> byteCounts = [];
        for (int y = 0; y < plane.Shape.Y; y += rowsPerStrip)
        {
            int rows = Math.Min(rowsPerStrip, plane.Shape.Y - y);
            offsets.Add((uint)file.Position);
            WriteStrip(file, plane.Bytes.Slice(y * rowBytes, rows * rowBytes), plane.Type.ByteSize(), compression);
            byteCounts.Add((uint)file.Position - offsets[^1]);
        }

        WriteDirectory(file, plane, compression, rowsPerStrip, offsets, byteCounts);
        return file.ToArray();
    }

    private static void WriteStrip(MemoryStream file, ReadOnlySpan<byte> samples, int sampleBytes, TiffCompression compression)
    {
        ReadOnlySpan<byte> ordered = LittleEndian(samples, sampleBytes);
        file.Write(compression == TiffCompression.None ? ordered : EncodeStrip(ordered, compression));
    }

    /// <summary>Compresses a strip; the same bytes for the same samples.</summary>
    /// <param name="samples">Its samples, little-endian.</param>
    /// <param name="compression">Any but none.</param>
    internal static byte[] EncodeStrip(ReadOnlySpan<byte> samples, TiffCompression compression)
    {
        switch (compression)
        {
            case TiffCompression.Lzw:
                return LzwEncoder.Encode(samples);
            case TiffCompression.Deflate:
                using (MemoryStream encoded = new())
                {
                    using (ZLibStream deflate = new(encoded, CompressionLevel.Optimal, leaveOpen: true))
                    {
                        deflate.Write(samples);
                    }

                    return encoded.ToArray();
                }

            case TiffCompression.Zstd:
                byte[] room = new byte[ZstdFrame.MaxEncodedLength(samples.Length)];
                return room[..ZstdFrame.Encode(samples, room, ZstdLevel, checksum: false)];
            default:
                throw new ArgumentOutOfRangeException(nameof(compression), compression, null);
        }
    }

    private static ReadOnlySpan<byte> LittleEndian(ReadOnlySpan<byte> samples, int sampleBytes)
    {
        if (BitConverter.IsLittleEndian || sampleBytes == 1)
        {
            return samples;
        }

        byte[] swapped = samples.ToArray();
        if (sampleBytes == 2)
        {
            Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(swapped.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }
        else
        {
            Span<uint> words = MemoryMarshal.Cast<byte, uint>(swapped.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        return swapped;
    }

    /// <summary>Writes the arrays, then the directory, then the header that points to it.</summary>
    private static void WriteDirectory(
        MemoryStream file, VoxelBuffer plane, TiffCompression compression, int rowsPerStrip, List<uint> offsets, List<uint> byteCounts)
    {
        uint offsetArray = WriteArray(file, offsets);
        uint countArray = WriteArray(file, byteCounts);
        (int Tag, ushort Type, uint Count, uint Value)[] entries =
        [
            (TiffTags.ImageWidth, TypeLong, 1, (uint)plane.Shape.X),
            (TiffTags.ImageLength, TypeLong, 1, (uint)plane.Shape.Y),
            (TiffTags.BitsPerSample, TypeShort, 1, (uint)plane.Type.ByteSize() * 8),
            (TiffTags.Compression, TypeShort, 1, (uint)TiffCodes.Of(compression)),
            (TiffTags.Photometric, TypeShort, 1, TiffCodes.MinIsBlack),
            (TiffTags.StripOffsets, TypeLong, (uint)offsets.Count, offsetArray),
            (TiffTags.SamplesPerPixel, TypeShort, 1, 1),
            (TiffTags.RowsPerStrip, TypeLong, 1, (uint)rowsPerStrip),
            (TiffTags.StripByteCounts, TypeLong, (uint)byteCounts.Count, countArray),
            (TiffTags.PlanarConfiguration, TypeShort, 1, 1),
            (TiffTags.SampleFormat, TypeShort, 1, plane.Type.IsFloat() ? 3u : 1u),
        ];
        Align(file);
        uint directory = (uint)file.Position;
        byte[] content = new byte[2 + (entries.Length * EntryBytes) + 4];
        BinaryPrimitives.WriteUInt16LittleEndian(content, (ushort)entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = content.AsSpan(2 + (i * EntryBytes), EntryBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], entries[i].Type);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[i].Count);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], entries[i].Value);
        }

        file.Write(content);
        file.Position = 0;
        Span<byte> header = stackalloc byte[HeaderBytes];
        "II*\0"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], directory);
        file.Write(header);
    }

    /// <summary>A single value stands in the directory entry itself, several stand elsewhere in the file.</summary>
    private static uint WriteArray(MemoryStream file, List<uint> values)
    {
        if (values.Count == 1)
        {
            return values[0];
        }

        Align(file);
        uint position = (uint)file.Position;
        Span<byte> word = stackalloc byte[4];
        foreach (uint value in values)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(word, value);
            file.Write(word);
        }

        return position;
    }

    /// <summary>Directories and their values begin on a word boundary.</summary>
    private static void Align(MemoryStream file)
    {
        if ((file.Position & 1) != 0)
        {
            file.WriteByte(0);
        }
    }
}
