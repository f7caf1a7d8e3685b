namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Hands bytes in memory to the framework's decompressors so that their end can be told. Those neither report data
/// that end early nor say how much of their input they used: so the last byte comes alone (when it is asked for, none
/// before it was left over), and what is asked for behind it is noted, or answered from <c>more</c>.
/// </summary>
/// <param name="first">The bytes, pinned by the caller.</param>
/// <param name="length">How many.</param>
/// <param name="more">What to hand out behind them.</param>
internal sealed unsafe class DeflateInput(byte* first, int length, byte[] more) : ForwardStream
{
    private int _position;

    /// <summary>Whether every byte was asked for.</summary>
    public bool IsUsed => _position >= length;

    /// <summary>Whether more was asked for than there is.</summary>
    public bool IsExceeded { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> next =
            _position < length - 1 ? new ReadOnlySpan<byte>(first + _position, length - 1 - _position)
            : _position < length ? new ReadOnlySpan<byte>(first + _position, 1)
            : more.AsSpan(Math.Min(_position - length, more.Length));
        IsExceeded |= next.IsEmpty;
        next = next[..Math.Min(next.Length, buffer.Length)];
        next.CopyTo(buffer);
        _position += next.Length;
        return next.Length;
    }
}
