using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>An array of any rank in Zarr v2 or v3: its header, and its chunks one at a time.</summary>
internal sealed class ZarrArray
{
    private readonly ShardIndexCache _indices = new();

    private ZarrArray(ChunkStore store, string prefix, ZarrHeader header, ZarrNode node)
    {
        Store = store;
        Prefix = prefix;
        Header = header;
        HeaderKey = node.Key;
        HeaderBytes = node.Document;
    }

    /// <summary>Where the array lies.</summary>
    public ChunkStore Store { get; }

    /// <summary>What comes before the array's own keys: empty, or ends with <c>/</c>.</summary>
    public string Prefix { get; }

    /// <summary>What the header says.</summary>
    public ZarrHeader Header { get; }

    /// <summary>The header's key in the store.</summary>
    public string HeaderKey { get; }

    /// <summary>The header as stored.</summary>
    public ReadOnlyMemory<byte> HeaderBytes { get; }

    /// <summary>Opens the array below a prefix.</summary>
    /// <returns><see langword="null"/> if it has no header.</returns>
    /// <exception cref="VolumeFormatException">The header is damaged or asks for what is not supported.</exception>
    public static async ValueTask<ZarrArray?> OpenAsync(ChunkStore store, string prefix, CancellationToken ct) =>
        await ZarrNode.ReadAsync(store, prefix, ct) is { IsArray: true } node
            ? new ZarrArray(store, prefix, ZarrHeader.Parse(node.Document, node.Version, store.Describe(node.Key)), node)
            : null;

    /// <summary>The same array, read through another store.</summary>
    public ZarrArray Through(ChunkStore store) =>
        new(store, Prefix, Header, new ZarrNode(Header.Version, IsArray: true, HeaderKey, HeaderBytes.ToArray()));

    /// <summary>The key in the store of the object that holds a chunk.</summary>
    public string KeyOf(ReadOnlySpan<int> index) => Prefix + Header.KeyOfChunk(index);

    /// <summary>Decodes a chunk: native byte order, the order of <see cref="ZarrHeader.ChunkStrides"/>.</summary>
    /// <param name="key">The key of the object that holds the chunk, for messages.</param>
    /// <param name="encoded">The chunk as stored.</param>
    /// <param name="decoded">Receives it; <see cref="ZarrHeader.ChunkBytes"/> long.</param>
    /// <param name="offset">Where the chunk begins in a shard, for messages. Default 0.</param>
    /// <exception cref="VolumeFormatException">The chunk is damaged.</exception>
    public void Decode(string key, ReadOnlySpan<byte> encoded, Span<byte> decoded, long offset = 0)
    {
        try
        {
            Header.Coding.Decode(encoded, decoded);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(key, encoded.Length, offset, e);
        }
    }

    /// <summary>Decodes a chunk that no codec is on, where it lies.</summary>
    /// <param name="key">The chunk's key, for messages.</param>
    /// <param name="chunk">The chunk as stored; in native byte order afterwards.</param>
    /// <param name="offset">Where the chunk begins in a shard, for messages. Default 0.</param>
    /// <exception cref="VolumeFormatException">The chunk has another length.</exception>
    public void DecodeInPlace(string key, Span<byte> chunk, long offset = 0)
    {
        if (!Header.Coding.Chain.IsEmpty)
        {
            throw new InvalidOperationException($"Chunks with {Header.CodecDescription} are not decoded in place.");
        }

        try
        {
            CodecChain.CheckLength(chunk.Length, Header.ChunkBytes);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(key, chunk.Length, offset, e);
        }

        Header.Coding.ToNativeOrder(chunk);
    }

    /// <summary>Where the chunks of a shard lie in it.</summary>
    /// <returns><see langword="null"/> if there is no such shard.</returns>
    /// <exception cref="VolumeFormatException">The index is damaged.</exception>
    public async ValueTask<ShardIndex?> ReadShardIndexAsync(string key, CancellationToken ct)
    {
        ShardCodec shards = Header.Shards ?? throw new InvalidOperationException($"{Store.Location} has no shards.");
        if (_indices.TryGet(key, out ShardIndex? known))
        {
            return known;
        }

        int length = shards.IndexLength;
        ByteRange range = ByteRange.AtEnd(length);
        if (!shards.IsIndexAtEnd)
        {
            range = ByteRange.From(0, length);
        }

        using StoredBytes? encoded = await Store.ReadRangeAsync(key, range, ct);
        try
        {
            ShardIndex? index = encoded is null ? null : shards.ReadIndex(encoded.Span, encoded.ValueLength);
            _indices.Add(key, index);
            return index;
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(Store.Describe(key), e.Message, e);
        }
    }

    /// <summary>Where a chunk lies in its shard.</summary>
    /// <param name="key">The shard's key, for messages.</param>
    /// <param name="index">The shard's index.</param>
    /// <param name="chunk">The chunk's position in the grid.</param>
    /// <returns><see langword="null"/> if the shard does not have it.</returns>
    /// <exception cref="VolumeFormatException">It lies where nothing can.</exception>
    public (long Offset, int Length)? PlaceOf(string key, ShardIndex index, ReadOnlySpan<int> chunk)
    {
        try
        {
            return index[Header.NumberInShard(chunk)];
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(Store.Describe(key), e.Message, e);
        }
    }

    /// <summary>Reads the whole array, C order, native byte order. For small arrays and tests.</summary>
    public async ValueTask<byte[]> ReadAllAsync(CancellationToken ct)
    {
        int size = Header.Type.ByteSize();
        byte[] all = new byte[Header.Shape.Aggregate(size, (product, extent) => checked(product * extent))];
        byte[] chunk = new byte[Header.ChunkBytes];
        int[] index = new int[Header.Rank];
        do
        {
            string key = KeyOf(index);
            using StoredBytes? encoded = await ReadChunkAsync(key, index, ct);
            if (encoded is null)
            {
                Header.FillValue.Fill(chunk);
            }
            else
            {
                Decode(key, encoded.Span, chunk);
            }

            CopyInside(chunk, all, index, axis: 0, from: 0, to: 0);
        }
        while (Advance(index));

        return all;
    }

    private async ValueTask<StoredBytes?> ReadChunkAsync(string key, int[] chunk, CancellationToken ct)
    {
        if (Header.Shards is null)
        {
            return await Store.ReadAsync(key, ct);
        }

        ShardIndex? index = await ReadShardIndexAsync(key, ct);
        return index is not null && PlaceOf(key, index, chunk) is (long offset, int length)
            ? await Store.ReadRangeAsync(key, ByteRange.From(offset, length), ct)
            : null;
    }

    private VolumeFormatException Damaged(string key, int length, long offset, InvalidDataException cause)
    {
        string where = Header.Shards is null ? "" : $" at byte {offset}";
        return new VolumeFormatException(
            Store.Describe(key), $"the chunk of {length} bytes{where} ({Header.CodecDescription}) is damaged: {cause.Message}", cause);
    }

    /// <summary>Copies what lies inside the array, axis by axis; <paramref name="from"/> and <paramref name="to"/> are
    /// offsets in elements into the chunk and into the array.</summary>
    private void CopyInside(ReadOnlySpan<byte> chunk, Span<byte> all, int[] index, int axis, int from, int to)
    {
        int size = Header.Type.ByteSize();
        if (axis == Header.Rank)
        {
            chunk.Slice(from * size, size).CopyTo(all.Slice(to * size, size));
            return;
        }

        int start = index[axis] * Header.ChunkShape[axis];
        int count = Math.Min(Header.ChunkShape[axis], Header.Shape[axis] - start);
        for (int i = 0; i < count; i++)
        {
            CopyInside(
                chunk, all, index, axis + 1, from + (i * Header.ChunkStrides[axis]), (to * Header.Shape[axis]) + start + i);
        }
    }

    private bool Advance(int[] index)
    {
        for (int axis = Header.Rank - 1; axis >= 0; axis--)
        {
            if ((long)(++index[axis]) * Header.ChunkShape[axis] < Header.Shape[axis])
            {
                return true;
            }

            index[axis] = 0;
        }

        return false;
    }
}
