using System.Buffers;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Codecs one after the other, put together once per array. No length is taken from a chunk: what each codec decodes to is
/// known from the codecs before it, or follows from the length of what it gets.
/// </summary>
internal sealed class CodecChain
{
    private readonly ChunkCodec[] _codecs;

    /// <summary>Bytes that each codec decodes to; -1 where that follows from its input's length.</summary>
    private readonly int[] _decodedLengths;

    /// <param name="codecs">In the order in which they encode; may be empty.</param>
    /// <param name="decodedLength">Bytes that the whole chain decodes to.</param>
    /// <exception cref="NotSupportedException">What one of them decodes to is not known beforehand.</exception>
    /// <exception cref="OverflowException">Chunks grow beyond 2 GiB between two codecs.</exception>
    public CodecChain(IEnumerable<ChunkCodec> codecs, int decodedLength)
    {
        _codecs = [.. codecs];
        DecodedLength = decodedLength;
        _decodedLengths = new int[_codecs.Length];
        int length = decodedLength;
        for (int i = 0; i < _codecs.Length; i++)
        {
            _decodedLengths[i] = length >= 0 || _codecs[i].DecodedLengthOf(int.MaxValue) is not null
                ? length
                : throw new NotSupportedException(
                    $"codec '{_codecs[i].Name}' behind '{_codecs[i - 1].Name}' is not read: what it decodes to has no length that is known.");
            length = length >= 0 && _codecs[i].IsFixedLength ? _codecs[i].MaxEncodedLength(length) : -1;
        }
    }

    /// <summary>Bytes that the whole chain decodes to.</summary>
    public int DecodedLength { get; }

    /// <summary>Whether there is no codec at all.</summary>
    public bool IsEmpty => _codecs.Length == 0;

    /// <summary>The codecs in a few words.</summary>
    public string Description => IsEmpty ? "none" : string.Join(" + ", _codecs.Select(codec => codec.Description));

    /// <summary>Decodes.</summary>
    /// <param name="encoded">The bytes as stored.</param>
    /// <param name="decoded">Receives the result, <see cref="DecodedLength"/> bytes.</param>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded) => Decode(encoded, decoded, _codecs.Length - 1);

    /// <summary>Bytes that the encoded form has at most.</summary>
    public int MaxEncodedLength() => _codecs.Aggregate(DecodedLength, (length, codec) => codec.MaxEncodedLength(length));

    /// <summary>Encodes.</summary>
    /// <param name="decoded">The bytes to encode.</param>
    /// <param name="encoded">Receives the result; at least <see cref="MaxEncodedLength"/> long.</param>
    /// <returns>Bytes written.</returns>
    public int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded) => Encode(decoded, encoded, 0);

    /// <summary>Refuses bytes that no codec is on and that have another length.</summary>
    public static void CheckLength(int actual, int expected)
    {
        if (actual != expected)
        {
            throw new InvalidDataException($"it holds {actual} bytes, expected {expected}.");
        }
    }

    private void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded, int last)
    {
        if (last < 0)
        {
            CheckLength(encoded.Length, decoded.Length);
            encoded.CopyTo(decoded);
            return;
        }

        ChunkCodec codec = _codecs[last];
        if (last == 0)
        {
            codec.Decode(encoded, decoded);
            return;
        }

        int length = _decodedLengths[last] >= 0 ? _decodedLengths[last] : codec.DecodedLengthOf(encoded.Length) ?? -1;
        if (length < 0)
        {
            throw new InvalidDataException($"{codec.Name}: {encoded.Length} bytes are fewer than it always has.");
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> between = rented.AsSpan(0, length);
            codec.Decode(encoded, between);
            Decode(between, decoded, last - 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded, int first)
    {
        if (first == _codecs.Length)
        {
            decoded.CopyTo(encoded);
            return decoded.Length;
        }

        if (first == _codecs.Length - 1)
        {
            return _codecs[first].Encode(decoded, encoded);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(_codecs[first].MaxEncodedLength(decoded.Length));
        try
        {
            int length = _codecs[first].Encode(decoded, rented);
            return Encode(rented.AsSpan(0, length), encoded, first + 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
