using Microsoft.Win32.SafeHandles;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A file's bytes with its length known, so that no reader asks for more than there are.</summary>
internal sealed class FileBytes(string path, SafeFileHandle handle)
{
    /// <summary>Bytes in the file.</summary>
    public long Length { get; } = RandomAccess.GetLength(handle);

    /// <summary>A failure that names the file.</summary>
    public CheckpointException Wrong(string problem, Exception? innerException = null) => new(path, problem, innerException);

    /// <summary>Reads as much as there is.</summary>
    public int ReadUpTo(Span<byte> destination, long offset)
    {
        int total = 0;
        for (int read; total < destination.Length; total += read)
        {
            read = RandomAccess.Read(handle, destination[total..], offset + total);
            if (read == 0)
            {
                break;
            }
        }

        return total;
    }

    /// <summary>Fills the destination.</summary>
    /// <exception cref="CheckpointException">The file ends before.</exception>
    public void Read(Span<byte> destination, long offset)
    {
        if (ReadUpTo(destination, offset) != destination.Length)
        {
            throw Wrong($"ends at byte {Length}, within the {destination.Length} bytes at {offset}: it is truncated.");
        }
    }

    /// <summary>Reads a piece of a stated length, which is checked before anything is allocated.</summary>
    /// <param name="offset">Where it starts.</param>
    /// <param name="length">Bytes, as the file states them.</param>
    /// <param name="limit">Most bytes that such a piece can sensibly have.</param>
    /// <param name="what">What it is, for messages.</param>
    public byte[] Piece(long offset, long length, long limit, string what)
    {
        if (offset < 0 || length < 0 || length > limit)
        {
            throw Wrong($"states {length} bytes for {what} at byte {offset}; at most {limit} are believed.");
        }

        if (offset > Length - length)
        {
            throw Wrong($"has {Length} bytes, but {what} would end at byte {offset + length}: it is truncated.");
        }

        byte[] piece = new byte[length];
        Read(piece, offset);
        return piece;
    }
}
