namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>An array of chunks that grows along one axis (specification, VII.D): the first elements in an index block, the
/// others in data blocks that become longer and longer, far ones behind secondary blocks and in pages.</summary>
internal sealed class ExtensibleArrayIndex : ChunkIndex
{
    private const string HeaderName = "the header of an extensible array of chunks";
    private const string IndexName = "the index block of an extensible array of chunks";
    private const string SecondaryName = "a secondary block of an extensible array of chunks";
    private const string BlockName = "a data block of an extensible array of chunks";
    private const string PageName = "a page of an extensible array of chunks";

    private readonly long _header;
    private readonly int _countBits;
    private readonly int _indexElements;
    private readonly int _leastBlockElements;
    private readonly int _leastPointers;
    private readonly long _pageElements;
    private readonly long _end;
    private readonly long _index;
    private readonly BlockCache _blocks = new();

    public ExtensibleArrayIndex(HeaderFile file, long offset, ChunkGeometry chunks)
        : base(file, chunks)
    {
        _header = offset;
        HeaderReader reader = new(file, HeaderName, offset, file.ReadChecked(HeaderName, offset, 16 + (6 * file.LengthSize) + file.OffsetSize));
        reader.Signature("EAHD"u8);
        _ = reader.Version(0, 0);
        ExpectKind(ref reader);
        reader.Expect(ElementBytes, reader.Byte(), "the length of an element");
        _countBits = reader.Byte();
        _indexElements = reader.Byte();
        _leastBlockElements = reader.Byte();
        _leastPointers = reader.Byte();
        int pageBits = reader.Byte();
        reader.Skip(4 * file.LengthSize); // how many blocks there are, and their bytes
        _end = reader.Length();
        reader.Skip(file.LengthSize);
        _index = reader.Address();
        if (_countBits is 0 or > 62 || pageBits is 0 or > 32 || !int.IsPow2(_leastBlockElements) ||
            !int.IsPow2(_leastPointers) || _leastPointers < 2 || chunks.GrowingAxis is null)
        {
            throw reader.Damaged(
                $"2^{_countBits} elements, blocks from {_leastBlockElements} elements and {_leastPointers} pointers on, pages of 2^{pageBits}, " +
                $"{(chunks.GrowingAxis is null ? "no single" : "one")} axis that grows without end; expected powers of two and one such axis.");
        }

        _pageElements = 1L << pageBits;
    }

    /// <summary>How often the blocks' length doubles, twice: secondary block s has 2^(s/2) data blocks of
    /// 2^((s+1)/2) times the least elements.</summary>
    private int SecondaryCount => 1 + _countBits - int.Log2(_leastBlockElements);

    /// <summary>Secondary blocks whose pointers are in the index block itself.</summary>
    private int DirectSecondaries => 2 * int.Log2(_leastPointers);

    private int DirectPointers => 2 * (_leastPointers - 1);

    /// <summary>Signature, version, kind and place of the header before a block's content.</summary>
    private int PrefixBytes => 6 + File.OffsetSize;

    private int BlockOffsetBytes => (_countBits + 7) / 8;

    protected override Hdf5Place? FindCore(ReadOnlySpan<long> position)
    {
        long number = Chunks.NumberOf(position);
        if (number >= _end || _index == HeaderFile.Undefined)
        {
            return null;
        }

        byte[] index = IndexBlock();
        if (number < _indexElements)
        {
            return At(IndexName, _index, index, PrefixBytes + (number * ElementBytes));
        }

        number -= _indexElements;
        int secondary = (int)long.Log2((number / _leastBlockElements) + 1);
        if (secondary >= SecondaryCount)
        {
            throw File.Damaged(HeaderName, _header, $"it has 2^{_countBits} elements at most; number {number + _indexElements} is needed.");
        }

        long blockElements = (long)_leastBlockElements << ((secondary + 1) / 2);
        long inSecondary = number - (((1L << secondary) - 1) * _leastBlockElements);
        (long block, long inBlock) = Math.DivRem(inSecondary, blockElements);
        long pointers = PrefixBytes + ((long)_indexElements * ElementBytes);
        if (secondary < DirectSecondaries)
        {
            long before = (1L << (secondary / 2)) * (secondary % 2 == 0 ? 2 : 3) - 2; // data blocks of the secondary blocks before
            long address = AddressAt(IndexName, _index, index, pointers + ((before + block) * File.OffsetSize));
            return InBlock(address, blockElements, inBlock);
        }

        long at = pointers + ((DirectPointers + secondary - DirectSecondaries) * (long)File.OffsetSize);
        return InSecondary(AddressAt(IndexName, _index, index, at), secondary, block, inBlock, number - inSecondary);
    }

    private Hdf5Place? InSecondary(long offset, int secondary, long block, long inBlock, long first)
    {
        if (offset == HeaderFile.Undefined)
        {
            return null;
        }

        long blocks = 1L << (secondary / 2);
        long blockElements = (long)_leastBlockElements << ((secondary + 1) / 2);
        long pages = blockElements > _pageElements ? blockElements / _pageElements : 0;
        long maskBytes = (pages + 7) / 8;
        long prefix = PrefixBytes + BlockOffsetBytes;
        byte[] bytes = _blocks.Get(offset, secondary, () => Checked(
            SecondaryName, "EASB"u8.ToArray(), offset, prefix + (blocks * (maskBytes + File.OffsetSize)), first));
        long address = AddressAt(SecondaryName, offset, bytes, prefix + (blocks * maskBytes) + (block * File.OffsetSize));
        if (pages == 0 || address == HeaderFile.Undefined)
        {
            return InBlock(address, blockElements, inBlock);
        }

        long page = inBlock / _pageElements;
        return IsSet(bytes.AsSpan((int)prefix), (block * pages) + page)
            ? InPage(address, page, inBlock % _pageElements)
            : null;
    }

    private Hdf5Place? InBlock(long offset, long elements, long inBlock)
    {
        if (offset == HeaderFile.Undefined)
        {
            return null;
        }

        int prefix = PrefixBytes + BlockOffsetBytes;
        byte[] bytes = _blocks.Get(offset, -elements, () => Checked(
            BlockName, "EADB"u8.ToArray(), offset, prefix + (elements * ElementBytes)));
        return At(BlockName, offset, bytes, prefix + (inBlock * ElementBytes));
    }

    private Hdf5Place? InPage(long block, long page, long inPage)
    {
        int prefix = PrefixBytes + BlockOffsetBytes;
        _ = _blocks.Get(block, 0, () => Checked(BlockName, "EADB"u8.ToArray(), block, prefix));
        long length = (_pageElements * ElementBytes) + sizeof(uint);
        Int128 place = block + (Int128)prefix + sizeof(uint) + ((Int128)page * length);
        if (place > File.Content.Length)
        {
            throw File.Damaged(BlockName, block, $"page {page} is expected at byte {place}, but the file has {File.Content.Length}; is it truncated?");
        }

        long offset = (long)place;
        byte[] bytes = _blocks.Get(offset, long.MinValue, () => File.ReadChecked(PageName, offset, length));
        return At(PageName, offset, bytes, inPage * ElementBytes);
    }

    private byte[] IndexBlock() => _blocks.Get(_index, long.MaxValue, () =>
    {
        long pointers = DirectPointers + Math.Max(0, SecondaryCount - DirectSecondaries);
        return Checked(
            IndexName, "EAIB"u8.ToArray(), _index, PrefixBytes + ((long)_indexElements * ElementBytes) + (pointers * File.OffsetSize));
    });

    /// <summary>Reads a block; its prefix has to be what leads to it.</summary>
    /// <remarks>Data blocks tell their first element too, but HDF5's library counts it from another place for some of them, and
    /// does not look at it; their checksum has to do.</remarks>
    private byte[] Checked(string structure, byte[] signature, long offset, long length, long? first = null)
    {
        byte[] bytes = File.ReadChecked(structure, offset, length + sizeof(uint));
        HeaderReader reader = new(File, structure, offset, bytes);
        reader.Signature(signature);
        _ = reader.Version(0, 0);
        ExpectKind(ref reader);
        reader.Expect(_header, reader.Address(), "the place of its header");
        if (first is long number)
        {
            reader.Expect(number, reader.Count(BlockOffsetBytes), "the number of its first element");
        }

        return bytes;
    }

    private long AddressAt(string structure, long offset, byte[] bytes, long at)
    {
        HeaderReader reader = new(File, structure, offset, bytes.AsSpan(..^sizeof(uint)));
        reader.Skip(at);
        return reader.Address();
    }

    private Hdf5Place? At(string structure, long offset, byte[] bytes, long at)
    {
        HeaderReader reader = new(File, structure, offset, bytes.AsSpan(..^sizeof(uint)));
        reader.Skip(at);
        return ReadElement(ref reader);
    }
}
