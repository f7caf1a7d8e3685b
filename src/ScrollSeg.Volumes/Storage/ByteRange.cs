namespace ScrollSeg.Volumes.Storage;

/// <summary>A part of a stored value: so many bytes from an offset, or so many at the end.</summary>
public readonly record struct ByteRange
{
    private ByteRange(long offset, int length, bool isAtEnd) => (Offset, Length, IsAtEnd) = (offset, length, isAtEnd);

    /// <summary>First byte; 0 for a range at the end.</summary>
    public long Offset { get; }

    /// <summary>Bytes, at least 1. A value shorter than a range at its end is read whole.</summary>
    public int Length { get; }

    /// <summary>Whether the range ends where the value does, wherever that is.</summary>
    public bool IsAtEnd { get; }

    /// <summary>The bytes from an offset.</summary>
    public static ByteRange From(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, long.MaxValue - length);
        return new ByteRange(offset, length, isAtEnd: false);
    }

    /// <summary>The last bytes.</summary>
    public static ByteRange AtEnd(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        return new ByteRange(0, length, isAtEnd: true);
    }

    /// <summary>First byte and number of bytes within a value of a known length.</summary>
    /// <param name="valueLength">Bytes of the whole value.</param>
    /// <returns><see langword="null"/> if the value ends before the range does.</returns>
    public (long Offset, int Length)? Within(long valueLength) => IsAtEnd
        ? (Math.Max(0, valueLength - Length), (int)Math.Min(Length, valueLength))
        : Offset + Length <= valueLength ? (Offset, Length) : null;

    /// <inheritdoc/>
    public override string ToString() => IsAtEnd ? $"the last {Length} bytes" : $"bytes {Offset} to {Offset + Length - 1}";
}
