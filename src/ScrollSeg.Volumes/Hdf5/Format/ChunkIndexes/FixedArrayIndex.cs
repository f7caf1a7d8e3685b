namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>An array of all chunks that there can be (specification, VII.C); a long one in pages, each with its checksum.</summary>
internal sealed class FixedArrayIndex : ChunkIndex
{
    private const string HeaderName = "the header of a fixed array of chunks";
    private const string BlockName = "the data block of a fixed array of chunks";
    private const string PageName = "a page of a fixed array of chunks";

    private readonly long _header;
    private readonly long _block;
    private readonly long _pageElements;
    private readonly long _count;
    private readonly BlockCache _pages = new();

    public FixedArrayIndex(HeaderFile file, long offset, ChunkGeometry chunks)
        : base(file, chunks)
    {
        _header = offset;
        HeaderReader reader = new(file, HeaderName, offset, file.ReadChecked(HeaderName, offset, 12 + file.LengthSize + file.OffsetSize));
        reader.Signature("FAHD"u8);
        _ = reader.Version(0, 0);
        ExpectKind(ref reader);
        reader.Expect(ElementBytes, reader.Byte(), "the length of an element");
        int pageBits = reader.Byte();
        _count = reader.Length();
        _block = reader.Address();
        reader.Expect(chunks.MostChunks, _count, "the number of elements");
        if (pageBits is 0 or > 32)
        {
            throw reader.Damaged($"pages have 2^{pageBits} elements; expected 2^1 to 2^32.");
        }

        _pageElements = 1L << pageBits;
    }

    private bool IsPaged => _count > _pageElements;

    private long PageCount => IsPaged ? ((_count - 1) / _pageElements) + 1 : 0;

    private int PrefixBytes => 6 + File.OffsetSize;

    protected override Hdf5Place? FindCore(ReadOnlySpan<long> position)
    {
        long number = Chunks.NumberOf(position);
        if (number >= _count)
        {
            throw File.Damaged(HeaderName, _header, $"it has {_count} elements; number {number} is needed.");
        }

        if (_block == HeaderFile.Undefined)
        {
            return null;
        }

        byte[] block = Block();
        return IsPaged ? InPage(block, number) : At(BlockName, _block, block, PrefixBytes + (number * ElementBytes));
    }

    private Hdf5Place? InPage(byte[] block, long number)
    {
        long page = number / _pageElements;
        if (!IsSet(block.AsSpan(PrefixBytes), page))
        {
            return null;
        }

        Int128 start = _block + (Int128)block.Length + (page * ((Int128)(_pageElements * ElementBytes) + sizeof(uint)));
        if (start > File.Content.Length)
        {
            throw File.Damaged(
                BlockName, _block, $"page {page} is expected at byte {start}, but the file has {File.Content.Length}; is it truncated?");
        }

        long elements = Math.Min(_pageElements, _count - (page * _pageElements));
        long offset = (long)start;
        byte[] bytes = _pages.Get(offset, 1, () => File.ReadChecked(PageName, offset, (elements * ElementBytes) + sizeof(uint)));
        return At(PageName, offset, bytes, number % _pageElements * ElementBytes);
    }

    private byte[] Block() => _pages.Get(_block, 0, () =>
    {
        long content = IsPaged ? (PageCount + 7) / 8 : _count > File.Content.Length ? _count : _count * ElementBytes;
        byte[] bytes = File.ReadChecked(BlockName, _block, PrefixBytes + content + sizeof(uint));
        HeaderReader reader = new(File, BlockName, _block, bytes);
        reader.Signature("FADB"u8);
        _ = reader.Version(0, 0);
        ExpectKind(ref reader);
        reader.Expect(_header, reader.Address(), "the place of its header");
        return bytes;
    });

    private Hdf5Place? At(string structure, long offset, byte[] bytes, long at)
    {
        HeaderReader reader = new(File, structure, offset, bytes.AsSpan(..^sizeof(uint)));
        reader.Skip(at);
        return ReadElement(ref reader);
    }
}
