using K4os.Compression.LZ4;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>A bare LZ4 block: no length, no checksum.</summary>
internal static class Lz4Block
{
    /// <summary>Decodes exactly <paramref name="target"/>.</summary>
    /// <exception cref="InvalidDataException">The block is damaged or decodes to another length.</exception>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (!Lz4Decoder.TryDecode(source, target))
        {
            throw new InvalidDataException(
                $"LZ4 block of {source.Length} bytes is damaged or does not decode to {target.Length} bytes.");
        }
    }

    /// <summary>Encodes with <paramref name="level"/>.</summary>
    /// <returns>Bytes written; 0 or less if they do not fit.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target, LZ4Level level) =>
        source.IsEmpty ? EncodeNothing(target) : LZ4Codec.Encode(source, target, level);

    /// <summary>One token without literals, as the C library writes; the package writes no bytes.</summary>
    private static int EncodeNothing(Span<byte> target)
    {
        target[0] = 0;
        return 1;
    }

    /// <summary>Bytes that <paramref name="length"/> bytes can grow to.</summary>
    public static int MaxEncodedLength(int length) => LZ4Codec.MaximumOutputSize(length);
}
