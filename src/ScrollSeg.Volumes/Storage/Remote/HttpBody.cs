using System.Buffers;

namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>Takes the body of an answer into memory. A length that a server claims is not believed: memory grows with the
/// bytes that come.</summary>
internal static class HttpBody
{
    /// <summary>Bytes that are rented on a server's word.</summary>
    private const int BelievedLength = 4 << 20;

    /// <summary>Bytes rented where the server does not say how many will come.</summary>
    private const int UnknownLength = 64 << 10;

    /// <summary>Reads a body to its end.</summary>
    /// <param name="body">The body.</param>
    /// <param name="address">For messages.</param>
    /// <param name="expected">Its length, if the server says; a shorter body is an error.</param>
    /// <param name="valueLength">Bytes of the whole value if this is a part of it.</param>
    /// <param name="stall">Notices when nothing comes.</param>
    public static async ValueTask<StoredBytes> ReadAsync(
        Stream body, string address, long? expected, long? valueLength, StallTimer stall)
    {
        if (expected > Array.MaxLength)
        {
            throw new VolumeFormatException(address, $"holds {expected} bytes; a chunk or header has at most {Array.MaxLength}.");
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected ?? UnknownLength, 1, BelievedLength));
        int length = 0;
        try
        {
            while (expected is null || length < expected)
            {
                if (length == buffer.Length)
                {
                    buffer = Grow(buffer, expected, address);
                }

                int wanted = (int)Math.Min(buffer.Length - length, (expected ?? long.MaxValue) - length);
                int read = await ReadSomeAsync(body, buffer.AsMemory(length, wanted), address, length, expected, stall);
                if (read == 0)
                {
                    break;
                }

                length += read;
            }

            return length == (expected ?? length)
                ? StoredBytes.Adopt(buffer, length, valueLength ?? length)
                : throw TooShort(address, expected, length, null);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>Reads and forgets.</summary>
    public static async ValueTask SkipAsync(Stream body, string address, long count, StallTimer stall)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(count, 1, UnknownLength));
        try
        {
            for (long skipped = 0; skipped < count;)
            {
                int wanted = (int)Math.Min(buffer.Length, count - skipped);
                int read = await ReadSomeAsync(body, buffer.AsMemory(0, wanted), address, skipped, count, stall);
                skipped += read > 0 ? read : throw TooShort(address, count, skipped, null);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> ReadSomeAsync(
        Stream body, Memory<byte> target, string address, long before, long? expected, StallTimer stall)
    {
        try
        {
            int read = await body.ReadAsync(target, stall.Token);
            stall.Moved();
            return read;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw TooShort(address, expected, before, e);
        }
        catch (OperationCanceledException e) when (stall.HasStalled)
        {
            throw new RemoteException(
                address, $"no byte came for too long, after {before} of {Count(expected)}.", TimeSpan.Zero, e);
        }
    }

    private static byte[] Grow(byte[] buffer, long? expected, string address)
    {
        long larger = Math.Min(2L * buffer.Length, expected ?? Array.MaxLength);
        if (larger <= buffer.Length)
        {
            throw new VolumeFormatException(address, $"holds more than {buffer.Length} bytes, the most that a chunk or header has.");
        }

        byte[] grown = ArrayPool<byte>.Shared.Rent((int)larger);
        buffer.CopyTo(grown, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return grown;
    }

    private static RemoteException TooShort(string address, long? expected, long actual, Exception? cause) => new(
        address,
        $"expected {Count(expected)}, the answer ended after {actual}{(cause is null ? "" : $" ({cause.Message})")}.",
        TimeSpan.Zero,
        cause);

    private static string Count(long? bytes) => bytes is long known ? $"{known} bytes" : "an unknown number of bytes";
}
