using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace ScrollSeg.Volumes.Images;

/// <summary>Encodes an image as PNG: adaptive filters, deflate, no interlace, no ancillary chunks.</summary>
internal static class PngEncoder
{
    public static byte[] Encode(PixelImage image)
    {
        if (image.Type is not (VoxelType.UInt8 or VoxelType.UInt16))
        {
            throw new ArgumentException($"PNG holds uint8 and uint16, not {image.Type.NumpyName()}.", nameof(image));
        }

        PngColour colour = image.Channels switch
        {
            1 => PngColour.Grey,
            2 => PngColour.GreyAlpha,
            3 => PngColour.Rgb,
            4 => PngColour.RgbAlpha,
            _ => throw new ArgumentException($"PNG holds 1 to 4 channels, not {image.Channels}.", nameof(image)),
        };

        using MemoryStream file = new();
        file.Write(PngChunks.Signature);
        Span<byte> header = stackalloc byte[PngLayout.HeaderLength];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = (byte)(image.Type.ByteSize() * 8);
        header[9] = (byte)colour;
        WriteChunk(file, "IHDR", header);
        using (MemoryStream pixels = Compress(image))
        {
            WriteChunk(file, "IDAT", pixels.GetBuffer().AsSpan(0, (int)pixels.Length));
        }

        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static MemoryStream Compress(PixelImage image)
    {
        int distance = image.Channels * image.Type.ByteSize();
        int rowBytes = image.Width * distance;
        byte[] row = new byte[rowBytes];
        byte[] above = new byte[rowBytes];
        byte[] filtered = new byte[rowBytes + 1];
        byte[] scratch = new byte[rowBytes + 1];
        MemoryStream compressed = new();
        using (ZLibStream deflate = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < image.Height; y++)
            {
                CopyBigEndian(image.Samples.AsSpan(y * rowBytes, rowBytes), row, image.Type);
                PngFilters.Apply(row, above, distance, filtered, scratch);
                deflate.Write(filtered);
                (row, above) = (above, row);
            }
        }

        return compressed;
    }

    private static void CopyBigEndian(ReadOnlySpan<byte> samples, Span<byte> row, VoxelType type)
    {
        if (type == VoxelType.UInt16 && BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(
                MemoryMarshal.Cast<byte, ushort>(samples), MemoryMarshal.Cast<byte, ushort>(row));
        }
        else
        {
            samples.CopyTo(row);
        }
    }

    private static void WriteChunk(MemoryStream file, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        file.Write(word);
        Encoding.ASCII.GetBytes(type, word);
        file.Write(word);
        uint crc = Crc32.Add(Crc32.Add(Crc32.Start, word), content);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc32.Finish(crc));
        file.Write(word);
    }
}
