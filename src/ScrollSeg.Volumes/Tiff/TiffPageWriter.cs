using System.Buffers.Binary;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Writes multi-page TIFF files of 8 bits (TIFF 6.0, little-endian, classic), page by page: LZW, one strip per page, as the
/// surface contest's own files are.</summary>
public sealed class TiffPageWriter
{
    private const int EntryBytes = 12;
    private const ushort TypeShort = 3;
    private const ushort TypeLong = 4;

    private readonly Stream _file;
    private long _linkPosition = 4; // where the offset of the next page's directory belongs

    /// <summary>Begins a file.</summary>
    /// <param name="file">Written and sought; stays the caller's.</param>
    public TiffPageWriter(Stream file)
    {
        _file = file;
        file.Write("II*\0\0\0\0\0"u8);
    }

    /// <summary>Appends a page.</summary>
    /// <param name="rows">Its samples, row-major.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="ArgumentException">The samples are not as many, or the file grows beyond 4 GiB.</exception>
    public void AddPage(ReadOnlySpan<byte> rows, int height, int width)
    {
        if (rows.Length != (long)height * width || rows.Length == 0)
        {
            throw new ArgumentException($"A page of {height} x {width} does not have {rows.Length} samples.", nameof(rows));
        }

        long strip = _file.Position;
        byte[] encoded = LzwEncoder.Encode(rows);
        _file.Write(encoded);
        if ((_file.Position & 1) != 0)
        {
            _file.WriteByte(0); // directories begin on a word boundary
        }

        long directory = _file.Position;
        if (directory > uint.MaxValue - 4096)
        {
            throw new ArgumentException("A classic TIFF file ends at 4 GiB.", nameof(rows));
        }

        WriteDirectory(
        [
            (TiffTags.ImageWidth, TypeLong, (uint)width),
            (TiffTags.ImageLength, TypeLong, (uint)height),
            (TiffTags.BitsPerSample, TypeShort, 8),
            (TiffTags.Compression, TypeShort, TiffCodes.Lzw),
            (TiffTags.Photometric, TypeShort, TiffCodes.MinIsBlack),
            (TiffTags.StripOffsets, TypeLong, (uint)strip),
            (TiffTags.SamplesPerPixel, TypeShort, 1),
            (TiffTags.RowsPerStrip, TypeLong, (uint)height),
            (TiffTags.StripByteCounts, TypeLong, (uint)encoded.Length),
            (TiffTags.PlanarConfiguration, TypeShort, 1),
            (TiffTags.SampleFormat, TypeShort, 1),
        ]);
        Link((uint)directory);
    }

    private void WriteDirectory((int Tag, ushort Type, uint Value)[] entries)
    {
        byte[] content = new byte[2 + (entries.Length * EntryBytes) + 4];
        BinaryPrimitives.WriteUInt16LittleEndian(content, (ushort)entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = content.AsSpan(2 + (i * EntryBytes), EntryBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], entries[i].Type);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], 1);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], entries[i].Value);
        }

        _file.Write(content);
    }

    /// <summary>The page before points to this one; the first one's place is in the header.</summary>
    private void Link(uint directory)
    {
        long end = _file.Position;
        Span<byte> offset = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(offset, directory);
        _file.Position = _linkPosition;
        _file.Write(offset);
        _file.Position = end;
        _linkPosition = end - 4;
    }
}
