using System.IO.Compression;
using ScrollSeg.Volumes.Codecs;
using ZstdSharp;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>The rows of one compressed strip or tile, from the first on: deflate and zstd as they come out of the stream,
/// LZW and PackBits decoded whole.</summary>
internal sealed class TiffCodedSegment : IDisposable
{
    private readonly Stream _rows;

    /// <summary>Begins a strip or tile.</summary>
    /// <param name="source">The file; stays the caller's.</param>
    /// <param name="page">The page.</param>
    /// <param name="index">Which of its strips or tiles.</param>
    public TiffCodedSegment(TiffSource source, TiffPage page, int index)
    {
        Stream encoded = new SegmentStream(source, page.Offsets[index], page.ByteCounts[index]);
        _rows = page.Compression switch
        {
            TiffCodes.Deflate or TiffCodes.OldDeflate => new ZLibStream(encoded, CompressionMode.Decompress),
            TiffCodes.Zstd => new DecompressionStream(encoded, leaveOpen: false),
            _ => new MemoryStream(DecodeWhole(source, page, index)),
        };
    }

    /// <summary>Whether rows of a page are decoded here: where LibTiff.NET cannot (it has no differences of 64-bit samples), and
    /// deflate, which is faster here. Strips with reversed bits are left to it.</summary>
    public static bool Handles(TiffSource source, TiffPage page) =>
        !page.ReversedBits &&
        (page.Compression is TiffCodes.Deflate or TiffCodes.OldDeflate or TiffCodes.Zstd || (source.IsBigTiff && source.IsBigEndian) ||
            page is { Compression: TiffCodes.Lzw, Predictor: 2, Bits: 64 });

    /// <summary>Compressions that are decoded here in any file.</summary>
    public static bool Knows(long compression) =>
        compression is TiffCodes.Deflate or TiffCodes.OldDeflate or TiffCodes.Zstd or TiffCodes.Lzw or TiffCodes.PackBits;

    /// <summary>Decompresses the next row.</summary>
    /// <exception cref="InvalidDataException">The data are damaged.</exception>
    /// <exception cref="EndOfStreamException">They end before the row does.</exception>
    public void Read(Span<byte> row) => _rows.ReadExactly(row);

    /// <summary>Has the checksum behind the last row compared, if there is one.</summary>
    public void Finish() => _rows.ReadByte();

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private static byte[] DecodeWhole(TiffSource source, TiffPage page, int index)
    {
        byte[] encoded = new byte[page.ByteCounts[index]]; // within the file, as TiffPage has checked
        source.Read(encoded, page.Offsets[index], $"page {page.Index}, strip or tile {index},");
        byte[] decoded = new byte[page.DecodedBytes(index)];
        if (page.Compression == TiffCodes.PackBits)
        {
            PackBits.Decode(encoded, decoded);
        }
        else
        {
            LzwDecoder.Decode(encoded, decoded);
        }

        return decoded;
    }

    /// <summary>A part of the file as a stream.</summary>
    private sealed class SegmentStream(TiffSource source, long offset, long length) : ForwardStream
    {
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            Span<byte> part = buffer[..(int)Math.Min(buffer.Length, length - _position)];
            source.Read(part, offset + _position, "compressed samples");
            _position += part.Length;
            return part.Length;
        }
    }
}
