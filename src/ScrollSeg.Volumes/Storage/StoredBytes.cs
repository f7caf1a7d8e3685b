using System.Buffers;

namespace ScrollSeg.Volumes.Storage;

/// <summary>The value of a key, in memory from a pool. Its one owner disposes it; <see cref="Span"/> must not be touched
/// after that.</summary>
public sealed class StoredBytes : IDisposable
{
    private byte[]? _buffer;

    private StoredBytes(byte[] buffer, int length)
    {
        _buffer = buffer;
        Length = length;
    }

    /// <summary>Bytes of the value.</summary>
    public int Length { get; }

    /// <summary>The value.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsSpan(0, Length);
        }
    }

    /// <summary>Rents memory for a value. It is not cleared.</summary>
    public static StoredBytes Rent(int length) => new(ArrayPool<byte>.Shared.Rent(length), length);

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
