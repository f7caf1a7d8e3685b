namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>Structures that are needed again and again, by their place in the file; all are forgotten when they take more
/// than a limit. Not thread-safe.</summary>
/// <param name="mostBytes">The limit. Default 16 MiB: a quarter of a million chunks at a time.</param>
internal sealed class BlockCache(long mostBytes = 16 << 20)
{
    private readonly Dictionary<(long Offset, long Kind), byte[]> _blocks = [];
    private long _bytes;

    /// <summary>Gives a structure; reads it if it is not there.</summary>
    /// <param name="offset">Its place.</param>
    /// <param name="kind">What its length follows from: in a damaged file, two structures may lie in one place.</param>
    /// <param name="read">Reads and checks it.</param>
    public byte[] Get(long offset, long kind, Func<byte[]> read)
    {
        if (_blocks.TryGetValue((offset, kind), out byte[]? block))
        {
            return block;
        }

        block = read();
        if (_bytes + block.Length > mostBytes)
        {
            _blocks.Clear();
            _bytes = 0;
        }

        _bytes += block.Length;
        return _blocks[(offset, kind)] = block;
    }
}
