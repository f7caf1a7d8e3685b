namespace ScrollSeg.Volumes.Codecs;

/// <summary>numcodecs' <c>shuffle</c>: <see cref="BloscShuffle.Byte"/> over the whole chunk. Keeps the length.</summary>
public sealed class ShuffleFilter : ChunkCodec
{
    /// <summary>Sets the size of an element.</summary>
    /// <param name="elementSize">Bytes per element; 0 and 1 leave everything in place.</param>
    public ShuffleFilter(int elementSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementSize);
        ElementSize = elementSize;
    }

    /// <summary>Bytes per element.</summary>
    public int ElementSize { get; }

    /// <inheritdoc/>
    public override string Name => "shuffle";

    /// <inheritdoc/>
    public override bool IsFixedLength => true;

    /// <inheritdoc/>
    public override int? DecodedLengthOf(int encodedLength) => encodedLength;

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        if (encoded.Length != decoded.Length)
        {
            throw new InvalidDataException($"shuffled data have {encoded.Length} bytes, expected {decoded.Length}.");
        }

        ByteShuffle.Undo(encoded, decoded, Math.Max(ElementSize, 1));
    }

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) => decodedLength;

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, decoded.Length);
        ByteShuffle.Apply(decoded, encoded, Math.Max(ElementSize, 1));
        return decoded.Length;
    }
}
