using System.Buffers.Binary;

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

    /// <summary>Looks at no more than a frame's header: what is wrong with it, in a sentence; <see langword="null"/> if nothing is.</summary>
    /// <param name="start">The frame's first bytes, at least 16 if it has as many.</param>
    /// <param name="frameBytes">Bytes of the whole frame as stored.</param>
    /// <param name="decodedLength">The decoded length that the caller knows from elsewhere.</param>
    public static string? ProblemOfStart(ReadOnlySpan<byte> start, long frameBytes, int decodedLength)
    {
        if (start.Length < BloscHeader.Length)
        {
            return $"Blosc frame has {start.Length} bytes, its header alone takes {BloscHeader.Length}";
        }

        uint decoded = BinaryPrimitives.ReadUInt32LittleEndian(start[4..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        return length != frameBytes ? $"Blosc header: frame length (byte 12) is {length}, but there are {frameBytes} bytes"
            : decoded != decodedLength ? $"Blosc header: decoded length (byte 4) is {decoded}, expected {decodedLength}"
            : null;
    }

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
