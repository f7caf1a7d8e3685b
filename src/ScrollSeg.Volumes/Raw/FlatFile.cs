using Microsoft.Win32.SafeHandles;

namespace ScrollSeg.Volumes.Raw;

/// <summary>An opened file: its length, and bytes at offsets that must be there. Thread-safe.</summary>
internal sealed class FlatFile : IDisposable
{
    /// <summary>Opens a file.</summary>
    public FlatFile(string path)
    {
        Path = path;
        Handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(Handle);
    }

    public string Path { get; }

    public SafeFileHandle Handle { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Reads bytes that must be there.</summary>
    /// <param name="destination">Receives them.</param>
    /// <param name="offset">Where they lie in the file.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <exception cref="VolumeFormatException">They lie outside the file.</exception>
    public void Read(Span<byte> destination, long offset, string what)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw Damaged($"{what} of {destination.Length} bytes at byte {offset} lies outside the file of {Length} bytes; is it truncated?");
        }

        int total = 0;
        while (total < destination.Length)
        {
            int read = RandomAccess.Read(Handle, destination[total..], offset + total);
            if (read == 0)
            {
                throw Damaged($"the file became shorter while it was read: {what} at byte {offset} ends after {total} bytes.");
            }

            total += read;
        }
    }

    /// <summary>The first bytes of the file, fewer if it has not as many.</summary>
    public byte[] Start(int count)
    {
        byte[] start = new byte[Math.Min(count, Length)];
        Read(start, 0, "the beginning");
        return start;
    }

    /// <summary>Refuses a block that the file is too short for.</summary>
    public void Require(FlatLayout layout)
    {
        if (layout.Offset < 0 || layout.Offset > Length || layout.ByteCount > Length - layout.Offset)
        {
            throw Damaged(
                $"{layout.Shape} voxels of {layout.Type.NumpyName()} from byte {layout.Offset} on take {layout.ByteCount} bytes; " +
                $"the file has {Length}; is it truncated?");
        }
    }

    /// <summary>A failure in this file.</summary>
    public VolumeFormatException Damaged(string problem, Exception? inner = null) => new(Path, problem, inner);

    public void Dispose() => Handle.Dispose();
}
