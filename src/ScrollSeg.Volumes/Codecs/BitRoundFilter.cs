namespace ScrollSeg.Volumes.Codecs;

/// <summary>numcodecs' <c>bitround</c>: the writer set low bits of floats to zero, and nothing is to be undone. Read
/// only.</summary>
public sealed class BitRoundFilter : ChunkCodec
{
    /// <summary>Keeps the setting for metadata.</summary>
    /// <param name="keepBits">Bits of the mantissa that the writer kept.</param>
    public BitRoundFilter(int keepBits) => KeepBits = keepBits;

    /// <summary>Bits of the mantissa that the writer kept.</summary>
    public int KeepBits { get; }

    /// <inheritdoc/>
    public override string Name => "bitround";

    /// <inheritdoc/>
    public override bool IsFixedLength => true;

    /// <inheritdoc/>
    public override int? DecodedLengthOf(int encodedLength) => encodedLength;

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        if (encoded.Length != decoded.Length)
        {
            throw new InvalidDataException($"bitround: {encoded.Length} bytes, expected {decoded.Length}.");
        }

        encoded.CopyTo(decoded);
    }

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) => decodedLength;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: it would change voxels.</exception>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded) =>
        throw new NotSupportedException("The filter \"bitround\" is read but not written: it would change voxels.");
}
