namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>The layout of a dataset (specification, IV.A.2.i): versions 1 to 4.</summary>
/// <param name="Class">Where the elements lie.</param>
internal sealed record DataLayout(LayoutClass Class)
{
    private const int EdgeFlag = 1;
    private const int SingleFilteredFlag = 2;

    /// <summary>Where they begin, or their index does.</summary>
    public long Address { get; private init; } = HeaderFile.Undefined;

    /// <summary>Bytes of a contiguous dataset, where the message says so.</summary>
    public long? Length { get; private init; }

    /// <summary>The elements of a compact dataset.</summary>
    public byte[]? Content { get; private init; }

    /// <summary>Extents of a chunk, without the bytes of an element.</summary>
    public ulong[] Chunk { get; private init; } = [];

    /// <summary>Bytes of an element, as the layout of chunks says.</summary>
    public ulong ElementSize { get; private init; }

    public ChunkIndexKind Index { get; private init; }

    /// <summary>Bytes of the only chunk as stored; <see langword="null"/> if no filter is used.</summary>
    public long? SingleLength { get; private init; }

    /// <summary>The filters that the only chunk was stored without.</summary>
    public uint SingleMask { get; private init; }

    /// <summary>Whether chunks that reach beyond the dataset are stored without any filter.</summary>
    public bool EdgesAreUnfiltered { get; private init; }

    /// <summary>Reads the message.</summary>
    public static DataLayout Read(ref HeaderReader reader)
    {
        int version = reader.Version(1, 4);
        return version < 3 ? ReadOld(ref reader) : ReadNew(ref reader, version);
    }

    private static DataLayout ReadOld(ref HeaderReader reader)
    {
        int rank = reader.Byte();
        LayoutClass kind = Known(ref reader, reader.Byte(), LayoutClass.Chunked);
        reader.Skip(5);
        long address = kind == LayoutClass.Compact ? HeaderFile.Undefined : reader.Address();
        (ulong[] chunk, ulong size) = kind == LayoutClass.Chunked ? ChunkOf(ref reader, rank, 4) : ([], 0);
        reader.Skip(kind == LayoutClass.Chunked ? 0 : rank * 4);
        return new DataLayout(kind)
        {
            Address = address,
            Chunk = chunk,
            ElementSize = size,
            Content = kind == LayoutClass.Compact ? reader.Take(reader.UInt32()).ToArray() : null,
        };
    }

    private static DataLayout ReadNew(ref HeaderReader reader, int version)
    {
        LayoutClass kind = Known(ref reader, reader.Byte(), version == 4 ? LayoutClass.Virtual : LayoutClass.Chunked);
        switch (kind)
        {
            case LayoutClass.Compact:
                return new DataLayout(kind) { Content = reader.Take(reader.UInt16()).ToArray() };
            case LayoutClass.Contiguous:
                return new DataLayout(kind) { Address = reader.Address(), Length = reader.Length() };
            case LayoutClass.Virtual:
                return new DataLayout(kind);
            default:
                return version == 4 ? ReadChunked4(ref reader) : ReadChunked3(ref reader);
        }
    }

    private static DataLayout ReadChunked3(ref HeaderReader reader)
    {
        int rank = reader.Byte();
        long address = reader.Address();
        (ulong[] chunk, ulong size) = ChunkOf(ref reader, rank, 4);
        return new DataLayout(LayoutClass.Chunked) { Address = address, Chunk = chunk, ElementSize = size };
    }

    private static DataLayout ReadChunked4(ref HeaderReader reader)
    {
        int flags = reader.Byte();
        int rank = reader.Byte();
        int digits = reader.Byte();
        if (digits is 0 or > 8)
        {
            throw reader.Damaged($"a chunk's extents have {digits} bytes each; expected 1 to 8.");
        }

        (ulong[] chunk, ulong size) = ChunkOf(ref reader, rank, digits);
        int kind = reader.Byte();
        long? length = null;
        uint mask = 0;
        switch ((ChunkIndexKind)kind)
        {
            case ChunkIndexKind.Single when (flags & SingleFilteredFlag) != 0:
                length = reader.Length();
                mask = reader.UInt32();
                break;
            case ChunkIndexKind.Single or ChunkIndexKind.Implicit:
                break;
            case ChunkIndexKind.FixedArray:
                reader.Skip(1); // these and the following settings are in the index's own header again
                break;
            case ChunkIndexKind.ExtensibleArray:
                reader.Skip(5);
                break;
            case ChunkIndexKind.BTree2:
                reader.Skip(6);
                break;
            default:
                throw reader.Damaged($"chunks are found through an index of the unknown kind {kind}; expected 1 to 5.");
        }

        return new DataLayout(LayoutClass.Chunked)
        {
            Address = reader.Address(),
            Chunk = chunk,
            ElementSize = size,
            Index = (ChunkIndexKind)kind,
            SingleLength = length,
            SingleMask = mask,
            EdgesAreUnfiltered = (flags & EdgeFlag) != 0,
        };
    }

    private static (ulong[] Chunk, ulong ElementSize) ChunkOf(ref HeaderReader reader, int rank, int digits)
    {
        if (rank is < 2 or > 33)
        {
            throw reader.Damaged($"a chunk has {rank} extents, that of its elements included; expected 2 to 33.");
        }

        ulong[] extents = new ulong[rank];
        for (int i = 0; i < rank; i++)
        {
            extents[i] = reader.Number(digits);
        }

        return Array.IndexOf(extents, 0UL) < 0
            ? (extents[..^1], extents[^1])
            : throw reader.Damaged($"a chunk's extents are [{string.Join(", ", extents)}]; none of them may be 0.");
    }

    private static LayoutClass Known(ref HeaderReader reader, int kind, LayoutClass last) => kind <= (int)last
        ? (LayoutClass)kind
        : throw reader.Damaged($"the layout's class is {kind}; expected 0 to {(int)last}.");
}
