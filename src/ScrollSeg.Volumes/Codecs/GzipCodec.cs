namespace ScrollSeg.Volumes.Codecs;

/// <summary>A chunk as a gzip file (RFC 1952; several members are read as one).</summary>
public sealed class GzipCodec : ChunkCodec
{
    /// <summary>Sets the effort.</summary>
    /// <param name="level">0 (stored) to 9, or -1 for zlib's default, 6.</param>
    public GzipCodec(int level = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, -1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 9);
        Level = level;
    }

    /// <summary>Effort.</summary>
    public int Level { get; }

    /// <inheritdoc/>
    public override string Name => "gzip";

    /// <inheritdoc/>
    public override string Description => $"gzip {Level}";

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded) =>
        Deflate.Decode(DeflateWrapping.Gzip, encoded, decoded);

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) => Deflate.MaxEncodedLength(decodedLength);

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        return Deflate.Encode(DeflateWrapping.Gzip, decoded, encoded, Level);
    }
}
