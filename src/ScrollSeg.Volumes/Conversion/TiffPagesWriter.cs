using System.Buffers.Binary;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>
/// Writes a TIFF file of one page per slice, little-endian; BigTIFF where the file may exceed 4 GiB: uncompressed, or with
/// LZW, which makes noise larger by up to a half. All pages are alike: without compression every offset is known before the
/// first byte is written, and the file is written forwards; with it, a page's directory is linked to when it is written.
/// </summary>
public sealed class TiffPagesWriter : RowWriter
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Bytes of a strip, at least a row: readers hold a strip whole.</summary>
    private const int StripBytes = 1 << 20;

    /// <summary>Room that is left below 4 GiB: other programs count in 32 bits, some with a sign.</summary>
    private const long ClassicLimit = (1L << 32) - (32L << 20);

    private const int Entries = 11;
    private const int Short = 3;
    private const int Long = 4;
    private const int Long8 = 16;

    private readonly FileStream _file;
    private readonly int _rowsPerStrip;
    private readonly int _strips;
    private readonly long _pageBytes;
    private readonly long _directoryBytes;
    private readonly TiffCompression _compression;

    /// <summary>Strips of the current page: where they begin, and their stored bytes.</summary>
    private readonly long[] _offsets;
    private readonly long[] _counts;

    /// <summary>Rows that wait for compression, whole strips of the page.</summary>
    private readonly byte[] _waiting;
    private int _waitingRows;
    private int _writtenStrips;

    /// <summary>Where the place of the next directory belongs, with compression.</summary>
    private long _link;
    private int _page;
    private int _row;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file to make; one that is there is written over.</param>
    /// <param name="shape">Extent of the volume.</param>
    /// <param name="type">How each voxel is stored; booleans become uint8.</param>
    /// <param name="isBig">Whether it is BigTIFF; default: where it has to be.</param>
    /// <param name="doneSlices">Slices that the file has already, of an earlier writer with the same arguments. Default 0.</param>
    /// <param name="compression">How strips are stored. Default none.</param>
    public TiffPagesWriter(
        string path, Shape3 shape, VoxelType type, bool? isBig = null, int doneSlices = 0, TiffCompression compression = TiffCompression.None)
        : base(shape, type, doneSlices)
    {
        _compression = compression;
        _rowsPerStrip = Math.Clamp(StripBytes / RowBytes, 1, shape.Y);
        _strips = ((shape.Y - 1) / _rowsPerStrip) + 1;
        _pageBytes = (long)RowBytes * shape.Y;
        long whole = checked((_pageBytes + (_strips * 16L) + 512) * shape.Z);
        long most = compression == TiffCompression.Lzw ? whole / 2 * 3 : whole; // codes of 12 bits for 8
        IsBig = isBig ?? most > ClassicLimit;
        if (!IsBig && whole > uint.MaxValue)
        {
            throw new ArgumentException($"{whole} bytes do not fit into a classic TIFF file of 4 GiB.", nameof(isBig));
        }

        _directoryBytes = Even((IsBig ? 8 + (Entries * 20) + 8 : 2 + (Entries * 12) + 4) + (_strips > 1 ? 2L * _strips * WordBytes : 0));
        (_offsets, _counts) = (new long[_strips], new long[_strips]);
        int together = Math.Min(_strips, Environment.ProcessorCount);
        _waiting = compression == TiffCompression.None ? [] : new byte[(long)together * _rowsPerStrip * RowBytes];
        _link = IsBig ? 8 : 4;
        long safe = doneSlices == 0 ? 0 : IsPredictable ? PageStart(doneSlices) : FindEnd(path, doneSlices);
        _file = OpenFile(path, safe, BufferBytes);
        _page = doneSlices;
        if (doneSlices == 0)
        {
            WriteHeader();
        }
    }

    /// <summary>Whether the file is BigTIFF.</summary>
    public bool IsBig { get; }

    /// <summary>Whether every offset is known beforehand.</summary>
    private bool IsPredictable => _compression == TiffCompression.None;

    private int HeaderBytes => IsBig ? 16 : 8;

    private int WordBytes => IsBig ? 8 : 4;

    private long PageStart(int page) => HeaderBytes + (page * (Even(_pageBytes) + _directoryBytes));

    private long DirectoryStart(int page) => PageStart(page) + Even(_pageBytes);

    /// <inheritdoc/>
    public override int Checkpoint()
    {
        _file.Flush(flushToDisk: true);
        return _page;
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_page != Shape.Z)
        {
            throw new InvalidOperationException($"{_page} of {Shape.Z} slices were written.");
        }

        _file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    /// <inheritdoc/>
    protected override void WriteCore(ReadOnlySpan<byte> row)
    {
        if (IsPredictable)
        {
            _file.Write(row);
        }
        else
        {
            row.CopyTo(_waiting.AsSpan(_waitingRows++ * RowBytes));
        }

        _row++;
        if (_waitingRows > 0 && (_row == Shape.Y || (_waitingRows + 1) * (long)RowBytes > _waiting.Length))
        {
            WriteStrips();
        }

        if (_row == Shape.Y)
        {
            WriteDirectory();
            (_page, _row, _writtenStrips) = (_page + 1, 0, 0);
        }
    }

    /// <summary>Compresses the strips that wait, as many at a time as there are processors.</summary>
    private void WriteStrips()
    {
        byte[][] encoded = new byte[((_waitingRows - 1) / _rowsPerStrip) + 1][];
        Parallel.For(0, encoded.Length, i =>
        {
            int first = i * _rowsPerStrip;
            int rows = Math.Min(_rowsPerStrip, _waitingRows - first);
            encoded[i] = TiffFile.EncodeStrip(_waiting.AsSpan(first * RowBytes, rows * RowBytes), _compression);
        });
        foreach (byte[] strip in encoded)
        {
            (_offsets[_writtenStrips], _counts[_writtenStrips]) = (_file.Position, strip.Length);
            _file.Write(strip);
            _writtenStrips++;
        }

        _waitingRows = 0;
    }

    /// <summary>Follows the directories to the end of the last page that is safe. What was linked to behind it is cut off.</summary>
    private long FindEnd(string path, int doneSlices)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Span<byte> word = stackalloc byte[8];
        long end = 0;
        for (int page = 0; page <= doneSlices; page++)
        {
            file.Position = _link;
            word.Clear();
            if (page == doneSlices)
            {
                file.Write(word[..WordBytes]);
                break;
            }

            file.ReadExactly(word[..WordBytes]);
            long directory = BinaryPrimitives.ReadInt64LittleEndian(word);
            end = directory + _directoryBytes;
            _link = directory + ArraysStart - WordBytes;
            if (directory < HeaderBytes || end > file.Length)
            {
                throw new IOException($"{path}: page {page} of an earlier try is not where it was: the file was altered since. Delete it to begin anew.");
            }
        }

        return end;
    }

    private static long Even(long bytes) => bytes + (bytes & 1);

    private void WriteHeader()
    {
        Span<byte> header = stackalloc byte[16];
        header.Clear();
        "II"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)(IsBig ? 43 : 42));
        if (IsBig)
        {
            header[4] = 8;
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], IsPredictable ? DirectoryStart(0) : 0);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(IsPredictable ? DirectoryStart(0) : 0));
        }

        _file.Write(header[..HeaderBytes]);
    }

    /// <summary>From a directory's first byte to its arrays; the link to the next stands right before them.</summary>
    private int ArraysStart => (IsBig ? 8 : 2) + (Entries * (IsBig ? 20 : 12)) + WordBytes;

    private void WriteDirectory()
    {
        int odd = (int)(_file.Position & 1); // directories begin on a word boundary
        long start = _file.Position + odd;
        if (!IsBig && start + _directoryBytes > uint.MaxValue)
        {
            throw new IOException($"{_file.Name}: compression made it larger than the 4 GiB of a classic TIFF file.");
        }

        byte[] bytes = new byte[_directoryBytes + odd];
        Span<byte> directory = bytes.AsSpan(odd);
        int count = IsBig ? 8 : 2;
        int entry = IsBig ? 20 : 12;
        int arrays = ArraysStart;
        for (int i = 0; IsPredictable && i < _strips; i++)
        {
            long first = (long)i * _rowsPerStrip * RowBytes;
            (_offsets[i], _counts[i]) = (PageStart(_page) + first, Math.Min(_pageBytes - first, (long)_rowsPerStrip * RowBytes));
        }

        directory[0] = Entries;
        int word = IsBig ? Long8 : Long;
        long stripArray = _strips == 1 ? _offsets[0] : start + arrays;
        long countArray = _strips == 1 ? _counts[0] : stripArray + ((long)_strips * WordBytes);
        (int Tag, int Type, long Count, long Value)[] entries =
        [
            (TiffTags.ImageWidth, Long, 1, Shape.X),
            (TiffTags.ImageLength, Long, 1, Shape.Y),
            (TiffTags.BitsPerSample, Short, 1, Type.ByteSize() * 8),
            (TiffTags.Compression, Short, 1, TiffCodes.Of(_compression)),
            (TiffTags.Photometric, Short, 1, TiffCodes.MinIsBlack),
            (TiffTags.StripOffsets, word, _strips, stripArray),
            (TiffTags.SamplesPerPixel, Short, 1, 1),
            (TiffTags.RowsPerStrip, Long, 1, _rowsPerStrip),
            (TiffTags.StripByteCounts, word, _strips, countArray),
            (TiffTags.PlanarConfiguration, Short, 1, 1),
            (TiffTags.SampleFormat, Short, 1, Type.IsFloat() ? 3 : Type.IsUnsigned() ? 1 : 2),
        ];
        for (int i = 0; i < Entries; i++)
        {
            Span<byte> at = directory.Slice(count + (i * entry), entry);
            BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(at[2..], (ushort)entries[i].Type);
            WriteWord(at[4..], entries[i].Count);
            WriteWord(at[(4 + WordBytes)..], entries[i].Value);
        }

        WriteWord(directory[(arrays - WordBytes)..], IsPredictable && _page + 1 < Shape.Z ? DirectoryStart(_page + 1) : 0);
        for (int i = 0; _strips > 1 && i < _strips; i++)
        {
            WriteWord(directory[(arrays + (i * WordBytes))..], _offsets[i]);
            WriteWord(directory[(arrays + ((_strips + i) * WordBytes))..], _counts[i]);
        }

        _file.Write(bytes);
        if (!IsPredictable)
        {
            Link(start);
        }
    }

    private void Link(long directory)
    {
        long end = _file.Position;
        Span<byte> place = stackalloc byte[8];
        WriteWord(place, directory);
        _file.Position = _link;
        _file.Write(place[..WordBytes]);
        _file.Position = end;
        _link = directory + ArraysStart - WordBytes;
    }

    private void WriteWord(Span<byte> at, long value)
    {
        if (IsBig)
        {
            BinaryPrimitives.WriteInt64LittleEndian(at, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)value);
        }
    }
}
