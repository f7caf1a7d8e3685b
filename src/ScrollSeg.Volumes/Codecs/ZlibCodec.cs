namespace ScrollSeg.Volumes.Codecs;

/// <summary>A chunk as a zlib stream (RFC 1950).</summary>
public sealed class ZlibCodec : ChunkCodec
{
    /// <summary>Sets the effort.</summary>
    /// <param name="level">0 (stored) to 9, or -1 for zlib's default, 6.</param>
    public ZlibCodec(int level = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, -1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 9);
        Level = level;
    }

    /// <summary>Effort.</summary>
    public int Level { get; }

    /// <inheritdoc/>
    public override string Name => "zlib";

    /// <inheritdoc/>
    public override string Description => $"zlib {Level}";

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded) =>
        Deflate.Decode(DeflateWrapping.Zlib, encoded, decoded);

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) => Deflate.MaxEncodedLength(decodedLength);

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        return Deflate.Encode(DeflateWrapping.Zlib, decoded, encoded, Level);
    }
}
