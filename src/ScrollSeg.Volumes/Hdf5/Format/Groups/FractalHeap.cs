namespace ScrollSeg.Volumes.Hdf5.Format.Groups;

/// <summary>Links or attributes of an object that has many (specification, III.G): pieces of bytes in blocks, which a doubling
/// table finds.</summary>
internal sealed class FractalHeap
{
    private const string Name = "a fractal heap";
    private const string DirectName = "a fractal heap's direct block";
    private const string IndirectName = "a fractal heap's indirect block";
    private const int ChecksumFlag = 2;

    private readonly HeaderFile _file;
    private readonly long _offset;
    private readonly BlockCache _blocks = new();
    private int _idLength;
    private bool _hasChecksums;
    private long _mostObjectBytes;
    private int _width;
    private long _startBytes;
    private long _mostDirectBytes;
    private int _heapBits;
    private long _root;
    private int _rootRows;

    private FractalHeap(HeaderFile file, long offset) => (_file, _offset) = (file, offset);

    private int OffsetBytes => (_heapBits + 7) / 8;

    private int DirectRows => (int)(long.Log2(_mostDirectBytes) - long.Log2(_startBytes)) + 2;

    /// <summary>Reads the heap's header.</summary>
    public static FractalHeap Read(HeaderFile file, long offset)
    {
        FractalHeap heap = new(file, offset);
        int length = 26 + (12 * file.LengthSize) + (3 * file.OffsetSize);
        HeaderReader reader = new(file, Name, offset, file.Read(Name, offset, length));
        reader.Signature("FRHP"u8);
        _ = reader.Version(0, 0);
        heap._idLength = reader.UInt16();
        if (reader.UInt16() != 0)
        {
            throw reader.Damaged("the heap is filtered: not supported.");
        }

        Lookup3.Check(file, Name, offset, file.Read(Name, offset, length));
        heap._hasChecksums = (reader.Byte() & ChecksumFlag) != 0;
        heap._mostObjectBytes = reader.UInt32();
        reader.Skip((10 * file.LengthSize) + (2 * file.OffsetSize)); // pieces outside the blocks, free space, counts
        heap.ReadTable(ref reader);
        return heap;
    }

    /// <summary>Opens a piece.</summary>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="id">Its heap ID.</param>
    public HeaderReader Open(string what, ReadOnlySpan<byte> id)
    {
        HeaderReader reader = new(_file, $"the heap ID of {what}", _offset, id);
        reader.Expect(_idLength, id.Length, "its length");
        int first = reader.Byte();
        switch (first >> 4)
        {
            case 0:
                int lengthBytes = Math.Min(
                    (int)((long.Log2(_mostDirectBytes) + 7) / 8), (int)(long.Log2(Math.Max(1, _mostObjectBytes)) / 8) + 1);
                long at = reader.Count(OffsetBytes);
                return OpenManaged(what, at, reader.Count(lengthBytes));
            case 2:
                return new HeaderReader(_file, what, _offset, reader.Take((first & 0xf) + 1).ToArray());
            default:
                throw reader.Damaged($"it is of kind 0x{first:x2}: pieces outside the heap's blocks are not supported.");
        }
    }

    /// <summary>The numbers of the doubling table, which all sizes follow from.</summary>
    private void ReadTable(ref HeaderReader reader)
    {
        _width = reader.UInt16();
        _startBytes = reader.Length();
        _mostDirectBytes = reader.Length();
        _heapBits = reader.UInt16();
        reader.Skip(2);
        _root = reader.Address();
        _rootRows = reader.UInt16();
        if (!long.IsPow2(_width) || !long.IsPow2(_startBytes) || !long.IsPow2(_mostDirectBytes) || _startBytes > _mostDirectBytes ||
            _heapBits is 0 or > 63 || _rootRows > 64 || _mostDirectBytes > uint.MaxValue)
        {
            throw reader.Damaged(
                $"a doubling table of {_rootRows} rows of {_width} blocks from {_startBytes} to {_mostDirectBytes} bytes in 2^{_heapBits}; " +
                "expected powers of two.");
        }
    }

    private HeaderReader OpenManaged(string what, long at, long length)
    {
        (long address, long bytes, long first) = (_root, _startBytes, 0);
        int rows = _rootRows;
        while (rows > 0)
        {
            (int row, int column) = PlaceOf(at - first, rows, what);
            long rowStart = row == 0 ? 0 : _width * (_startBytes << (row - 1));
            bytes = BytesOf(row);
            byte[] block = IndirectBlock(address, rows, first);
            HeaderReader reader = new(_file, IndirectName, address, block);
            reader.Skip(5 + _file.OffsetSize + OffsetBytes + (((row * _width) + column) * _file.OffsetSize));
            first += rowStart + (column * bytes);
            address = reader.Address();
            rows = row < DirectRows ? 0 : (int)(long.Log2(bytes) - long.Log2(_startBytes * _width)) + 1;
        }

        long inside = at - first;
        byte[] content = DirectBlock(address, bytes, first);
        return inside >= 0 && length <= content.Length - inside
            ? new HeaderReader(_file, what, address + inside, content.AsSpan((int)inside, (int)length))
            : throw _file.Damaged(DirectName, address, $"{what} of {length} bytes is expected at its byte {inside}, but it has {content.Length}.");
    }

    private (int Row, int Column) PlaceOf(long at, int rows, string what)
    {
        int row = at < _width * _startBytes ? 0 : (int)long.Log2(at / (_width * _startBytes)) + 1;
        long start = row == 0 ? 0 : _width * (_startBytes << (row - 1));
        return at >= 0 && row < rows
            ? (row, (int)((at - start) / BytesOf(row)))
            : throw _file.Damaged(Name, _offset, $"{what} is expected at byte {at} of a part with {rows} rows of blocks, behind its end.");
    }

    private long BytesOf(int row) => row == 0 ? _startBytes : _startBytes << (row - 1);

    private byte[] IndirectBlock(long address, int rows, long first) => _blocks.Get(address, rows, () =>
    {
        long length = 5 + _file.OffsetSize + OffsetBytes + ((long)rows * _width * _file.OffsetSize) + sizeof(uint);
        byte[] block = _file.ReadChecked(IndirectName, address, length);
        CheckPrefix(IndirectName, "FHIB"u8, address, block, first);
        return block;
    });

    private byte[] DirectBlock(long address, long bytes, long first) => _blocks.Get(address, -bytes, () =>
    {
        byte[] block = _file.Read(DirectName, address, bytes);
        CheckPrefix(DirectName, "FHDB"u8, address, block, first);
        if (_hasChecksums)
        {
            int at = 5 + _file.OffsetSize + OffsetBytes;
            HeaderReader reader = new(_file, DirectName, address, block);
            reader.Skip(at);
            uint stored = reader.UInt32();
            byte[] without = [.. block];
            without.AsSpan(at, sizeof(uint)).Clear();
            Lookup3.Compare(_file, DirectName, address, stored, Lookup3.Of(without));
        }

        return block;
    });

    private void CheckPrefix(string structure, ReadOnlySpan<byte> signature, long address, byte[] block, long first)
    {
        HeaderReader reader = new(_file, structure, address, block);
        reader.Signature(signature);
        _ = reader.Version(0, 0);
        reader.Expect(_offset, reader.Address(), "the place of its heap");
        reader.Expect(first, reader.Count(OffsetBytes), "its place in the heap");
    }
}
