using System.Buffers;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>An array of any rank in Zarr v2: its header, and its chunks one at a time.</summary>
internal sealed class ZarrArray
{
    /// <summary>Name of the header within the array.</summary>
    public const string HeaderName = ".zarray";

    private readonly int[] _decodedLengths;

    private ZarrArray(ChunkStore store, string prefix, ZarrHeader header, byte[] headerBytes)
    {
        Store = store;
        Prefix = prefix;
        Header = header;
        HeaderBytes = headerBytes;

        _decodedLengths = DecodedLengths(header);
    }

    /// <summary>Where the array lies.</summary>
    public ChunkStore Store { get; }

    /// <summary>What comes before the array's own keys: empty, or ends with <c>/</c>.</summary>
    public string Prefix { get; }

    /// <summary>What <c>.zarray</c> says.</summary>
    public ZarrHeader Header { get; }

    /// <summary>The header as stored.</summary>
    public ReadOnlyMemory<byte> HeaderBytes { get; }

    /// <summary>Opens the array below a prefix.</summary>
    /// <returns><see langword="null"/> if it has no header.</returns>
    /// <exception cref="VolumeFormatException">The header is damaged or asks for what is not supported.</exception>
    public static async ValueTask<ZarrArray?> OpenAsync(ChunkStore store, string prefix, CancellationToken ct)
    {
        using StoredBytes? bytes = await store.ReadAsync(prefix + HeaderName, ct);
        if (bytes is null)
        {
            return null;
        }

        byte[] header = bytes.Span.ToArray();
        string path = store.Describe(prefix + HeaderName);
        try
        {
            return new ZarrArray(store, prefix, ZarrHeader.Parse(header, path), header);
        }
        catch (OverflowException e)
        {
            throw new VolumeFormatException(path, "chunks grow beyond 2 GiB in the filters.", e);
        }
    }

    /// <summary>The key of a chunk in the store.</summary>
    public string KeyOf(ReadOnlySpan<int> index) => Prefix + Header.ChunkKey(index);

    /// <summary>Decodes a chunk: native byte order, the order of <see cref="ZarrHeader.ChunkStrides"/>.</summary>
    /// <param name="key">The chunk's key, for messages.</param>
    /// <param name="encoded">The chunk as stored.</param>
    /// <param name="decoded">Receives it; <see cref="ZarrHeader.ChunkBytes"/> long.</param>
    /// <exception cref="VolumeFormatException">The chunk is damaged.</exception>
    public void Decode(string key, ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        try
        {
            DecodeChain(encoded, decoded, Header.Codecs.Count - 1);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(key, encoded.Length, e);
        }

        ToNativeOrder(decoded);
    }

    /// <summary>Decodes a chunk that no codec is on, where it lies.</summary>
    /// <param name="key">The chunk's key, for messages.</param>
    /// <param name="chunk">The chunk as stored; in native byte order afterwards.</param>
    /// <exception cref="VolumeFormatException">The chunk has another length.</exception>
    public void DecodeInPlace(string key, Span<byte> chunk)
    {
        if (Header.Codecs.Count > 0)
        {
            throw new InvalidOperationException($"Chunks with {Header.CodecDescription} are not decoded in place.");
        }

        if (chunk.Length != Header.ChunkBytes)
        {
            throw Damaged(key, chunk.Length, new InvalidDataException(WrongLength(chunk.Length, Header.ChunkBytes)));
        }

        ToNativeOrder(chunk);
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
            using StoredBytes? encoded = await Store.ReadAsync(key, ct);
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

    /// <summary>What each codec decodes to. Filters have outputs of fixed length, so no length is taken from a chunk.</summary>
    private static int[] DecodedLengths(ZarrHeader header)
    {
        int[] lengths = new int[header.Codecs.Count];
        for (int i = 0, length = header.ChunkBytes; i < lengths.Length; i++)
        {
            lengths[i] = length;
            length = i + 1 < lengths.Length ? header.Codecs[i].MaxEncodedLength(length) : 0;
        }

        return lengths;
    }

    private void DecodeChain(ReadOnlySpan<byte> encoded, Span<byte> decoded, int last)
    {
        if (last < 0)
        {
            if (encoded.Length != decoded.Length)
            {
                throw new InvalidDataException(WrongLength(encoded.Length, decoded.Length));
            }

            encoded.CopyTo(decoded);
            return;
        }

        ChunkCodec codec = Header.Codecs[last];
        if (last == 0)
        {
            codec.Decode(encoded, decoded);
            return;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(_decodedLengths[last]);
        try
        {
            Span<byte> between = rented.AsSpan(0, _decodedLengths[last]);
            codec.Decode(encoded, between);
            DecodeChain(between, decoded, last - 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static string WrongLength(int actual, int expected) => $"it holds {actual} bytes, expected {expected}.";

    private VolumeFormatException Damaged(string key, int length, InvalidDataException cause) => new(
        Store.Describe(key), $"the chunk of {length} bytes ({Header.CodecDescription}) is damaged: {cause.Message}", cause);

    private void ToNativeOrder(Span<byte> voxels)
    {
        if (Header.DataType.BigEndian == BitConverter.IsLittleEndian)
        {
            ByteOrder.Reverse(voxels, Header.Type.ByteSize());
        }
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
