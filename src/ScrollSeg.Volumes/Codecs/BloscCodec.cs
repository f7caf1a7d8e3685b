namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Blosc 1 frames, as c-blosc and numcodecs write them: blocks, shuffled, each compressed on its own. Reads every
/// compressor but snappy; writes lz4, lz4hc, zlib and zstd, without splitting blocks.
/// </summary>
public sealed class BloscCodec : ChunkCodec
{
    /// <summary>Sets how frames are written.</summary>
    public BloscCodec(BloscOptions options) => Options = options;

    /// <summary>Sets nothing but the defaults: enough for reading.</summary>
    public BloscCodec()
        : this(new BloscOptions())
    {
    }

    /// <summary>How frames are written.</summary>
    public BloscOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => "blosc";

    /// <inheritdoc/>
    public override string Description =>
        $"blosc-{NameOf(Options.Compressor)} {Options.Level}" + Options.EffectiveShuffle switch
        {
            BloscShuffle.Byte => " (shuffle)",
            BloscShuffle.Bit => " (bitshuffle)",
            _ => "",
        };

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded) => BloscDecoder.Decode(encoded, decoded);

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decodedLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decodedLength, BloscHeader.MaxDecodedLength);
        return decodedLength + BloscHeader.Length;
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The compressor is blosclz, which is only read.</exception>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        return BloscEncoder.Encode(Options, decoded, encoded);
    }

    /// <summary>The compressor's name in metadata, for example <c>lz4hc</c>.</summary>
    internal static string NameOf(BloscCompressor compressor) => compressor.ToString().ToLowerInvariant();
}
