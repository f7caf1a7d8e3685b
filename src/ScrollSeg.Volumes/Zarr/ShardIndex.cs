using System.Buffers.Binary;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Where the chunks of one shard lie in it (Zarr v3, sharding_indexed codec 1.0, "Binary shard format").</summary>
internal sealed class ShardIndex
{
    /// <summary>Bytes of an entry: offset and length, 64 bits each.</summary>
    public const int EntryLength = 16;

    private readonly ulong[] _entries;
    private readonly long _dataStart;
    private readonly long _dataEnd;

    /// <param name="decoded">The index, decoded: an entry per chunk, C order.</param>
    /// <param name="isBigEndian">Its byte order.</param>
    /// <param name="dataStart">First byte of the shard that can belong to a chunk.</param>
    /// <param name="dataEnd">First byte behind the last one that can.</param>
    public ShardIndex(ReadOnlySpan<byte> decoded, bool isBigEndian, long dataStart, long dataEnd)
    {
        _entries = new ulong[decoded.Length / sizeof(ulong)];
        for (int i = 0; i < _entries.Length; i++)
        {
            ReadOnlySpan<byte> bytes = decoded[(i * sizeof(ulong))..];
            _entries[i] = isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }

        _dataStart = dataStart;
        _dataEnd = dataEnd;
    }

    /// <summary>Bytes that the index holds in memory.</summary>
    public long Bytes => _entries.Length * sizeof(ulong);

    /// <summary>Where a chunk lies.</summary>
    /// <param name="chunk">Its number, C order.</param>
    /// <returns><see langword="null"/> if the shard does not have it.</returns>
    /// <exception cref="InvalidDataException">The index says that it lies where nothing can.</exception>
    public (long Offset, int Length)? this[int chunk]
    {
        get
        {
            (ulong offset, ulong length) = (_entries[2 * chunk], _entries[(2 * chunk) + 1]);
            if (offset == ulong.MaxValue && length == ulong.MaxValue)
            {
                return null;
            }

            bool isInside = offset >= (ulong)_dataStart && offset <= (ulong)_dataEnd && length <= (ulong)_dataEnd - offset;
            return isInside && length is > 0 and <= int.MaxValue
                ? ((long)offset, (int)length)
                : throw new InvalidDataException(
                    $"its index says that chunk {chunk} has {length} bytes at byte {offset}, expected 1 or more between byte {_dataStart} and {_dataEnd}.");
        }
    }
}
