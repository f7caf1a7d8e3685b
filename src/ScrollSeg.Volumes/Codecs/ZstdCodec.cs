namespace ScrollSeg.Volumes.Codecs;

/// <summary>A chunk as one Zstandard frame (RFC 8878).</summary>
public sealed class ZstdCodec : ChunkCodec
{
    private const int MinLevel = -(1 << 17);
    private const int MaxLevel = 22;

    /// <summary>Sets how frames are written.</summary>
    /// <param name="level">Effort, 1 to 22; negative is faster; 0 is zstd's default, 3. Beyond the ends counts as the
    /// end, as in the C library.</param>
    /// <param name="checksum">Whether to append a checksum of the content. One that is there is always checked.</param>
    public ZstdCodec(int level = 3, bool checksum = false)
    {
        Level = level;
        Checksum = checksum;
    }

    /// <summary>Effort, as given.</summary>
    public int Level { get; }

    /// <summary>Whether a checksum is appended.</summary>
    public bool Checksum { get; }

    /// <inheritdoc/>
    public override string Name => "zstd";

    /// <inheritdoc/>
    public override string Description => $"zstd {Level}";

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded) => ZstdFrame.Decode(encoded, decoded);

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) => ZstdFrame.MaxEncodedLength(decodedLength);

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        return ZstdFrame.Encode(decoded, encoded, Math.Clamp(Level, MinLevel, MaxLevel), Checksum);
    }
}
