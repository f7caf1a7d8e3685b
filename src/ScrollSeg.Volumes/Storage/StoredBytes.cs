using System.Buffers;

namespace ScrollSeg.Volumes.Storage;

/// <summary>The value of a key, or a part of it, in memory from a pool. Its one owner disposes it; <see cref="Span"/> must
/// not be touched after that.</summary>
public sealed class StoredBytes : IDisposable
{
    private byte[]? _buffer;

    private StoredBytes(byte[] buffer, int length, long valueLength)
    {
        _buffer = buffer;
        Length = length;
        ValueLength = valueLength;
    }

    /// <summary>Bytes held.</summary>
    public int Length { get; }

    /// <summary>Bytes of the whole value, of which these may be a part.</summary>
    public long ValueLength { get; }

    /// <summary>The bytes.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsSpan(0, Length);
        }
    }

    /// <summary>Rents memory for a whole value. It is not cleared.</summary>
    public static StoredBytes Rent(int length) => Rent(length, length);

    /// <summary>Rents memory for a part of a value. It is not cleared.</summary>
    public static StoredBytes Rent(int length, long valueLength) =>
        new(ArrayPool<byte>.Shared.Rent(length), length, valueLength);

    /// <summary>Takes over an array that was rented from the shared pool.</summary>
    internal static StoredBytes Adopt(byte[] rented, int length, long valueLength) => new(rented, length, valueLength);

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[]? buffer = Interlocked.Exchange(ref _buffer, null);
        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
