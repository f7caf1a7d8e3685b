namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Turns bytes into other bytes and back: a compression or a reversible filter. Synchronous, stateless, thread-safe.
/// </summary>
public abstract class ChunkCodec
{
    /// <summary>Name as the format spells it, for example <c>blosc</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Name with what matters of the settings, for people, for example <c>blosc-lz4 (shuffle)</c>.</summary>
    public virtual string Description => Name;

    /// <summary>Whether so many bytes always encode to equally many, namely <see cref="MaxEncodedLength"/>.</summary>
    public virtual bool IsFixedLength => false;

    /// <summary>Bytes that an encoded form of <paramref name="encodedLength"/> bytes decodes to, whatever they are.</summary>
    /// <returns><see langword="null"/> if the length does not say, or is none that the encoded form can have.</returns>
    public virtual int? DecodedLengthOf(int encodedLength) => null;

    /// <summary>Decodes a whole chunk.</summary>
    /// <param name="encoded">The bytes as stored.</param>
    /// <param name="decoded">Receives the result, which must fill it exactly.</param>
    /// <exception cref="InvalidDataException">The bytes are damaged, or decode to another length: the message gives
    /// offset, expected and actual.</exception>
    public abstract void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded);

    /// <summary>Length of the encoded form of <paramref name="decodedLength"/> bytes at most.</summary>
    public abstract int MaxEncodedLength(int decodedLength);

    /// <summary>Encodes a whole chunk.</summary>
    /// <param name="decoded">The bytes to encode.</param>
    /// <param name="encoded">Receives the result; at least <see cref="MaxEncodedLength"/> long.</param>
    /// <returns>Bytes written.</returns>
    public abstract int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded);
}
