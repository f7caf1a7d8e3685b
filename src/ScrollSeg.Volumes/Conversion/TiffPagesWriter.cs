using System.Buffers.Binary;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>
/// Writes a TIFF file of one page per slice, uncompressed, little-endian; BigTIFF where the file would exceed 4 GiB. All
/// pages are alike, so every offset is known before the first byte is written, and the file is written forwards.
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
    private int _page;
    private int _row;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file to make; one that is there is written over.</param>
    /// <param name="shape">Extent of the volume.</param>
    /// <param name="type">How each voxel is stored; booleans become uint8.</param>
    /// <param name="isBig">Whether it is BigTIFF; default: where it has to be.</param>
    /// <param name="doneSlices">Slices that the file has already, of an earlier writer with the same arguments. Default 0.</param>
    public TiffPagesWriter(string path, Shape3 shape, VoxelType type, bool? isBig = null, int doneSlices = 0)
        : base(shape, type, doneSlices)
    {
        _rowsPerStrip = Math.Clamp(StripBytes / RowBytes, 1, shape.Y);
        _strips = ((shape.Y - 1) / _rowsPerStrip) + 1;
        _pageBytes = (long)RowBytes * shape.Y;
        long whole = checked((_pageBytes + (_strips * 16L) + 512) * shape.Z);
        IsBig = isBig ?? whole > ClassicLimit;
        if (!IsBig && whole > uint.MaxValue)
        {
            throw new ArgumentException($"{whole} bytes do not fit into a classic TIFF file of 4 GiB.", nameof(isBig));
        }

        _directoryBytes = Even((IsBig ? 8 + (Entries * 20) + 8 : 2 + (Entries * 12) + 4) + (_strips > 1 ? 2L * _strips * WordBytes : 0));
        _file = OpenFile(path, doneSlices == 0 ? 0 : PageStart(doneSlices), BufferBytes);
        _page = doneSlices;
        if (doneSlices == 0)
        {
            WriteHeader();
        }
    }

    /// <summary>Whether the file is BigTIFF.</summary>
    public bool IsBig { get; }

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
        _file.Write(row);
        if (++_row == Shape.Y)
        {
            WriteDirectory();
            (_page, _row) = (_page + 1, 0);
        }
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
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], DirectoryStart(0));
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)DirectoryStart(0));
        }

        _file.Write(header[..HeaderBytes]);
    }

    private void WriteDirectory()
    {
        byte[] bytes = new byte[_directoryBytes + (_pageBytes & 1)];
        Span<byte> directory = bytes.AsSpan((int)(_pageBytes & 1)); // directories begin on a word boundary
        int count = IsBig ? 8 : 2;
        int entry = IsBig ? 20 : 12;
        int arrays = count + (Entries * entry) + WordBytes;
        directory[0] = Entries;
        int word = IsBig ? Long8 : Long;
        long stripArray = _strips == 1 ? PageStart(_page) : DirectoryStart(_page) + arrays;
        long countArray = _strips == 1 ? _pageBytes : stripArray + ((long)_strips * WordBytes);
        (int Tag, int Type, long Count, long Value)[] entries =
        [
            (TiffTags.ImageWidth, Long, 1, Shape.X),
            (TiffTags.ImageLength, Long, 1, Shape.Y),
            (TiffTags.BitsPerSample, Short, 1, Type.ByteSize() * 8),
            (TiffTags.Compression, Short, 1, TiffCodes.Uncompressed),
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

        WriteWord(directory[(arrays - WordBytes)..], _page + 1 < Shape.Z ? DirectoryStart(_page + 1) : 0);
        for (int i = 0; _strips > 1 && i < _strips; i++)
        {
            long first = (long)i * _rowsPerStrip * RowBytes;
            WriteWord(directory[(arrays + (i * WordBytes))..], PageStart(_page) + first);
            WriteWord(directory[(arrays + ((_strips + i) * WordBytes))..], Math.Min(_pageBytes - first, (long)_rowsPerStrip * RowBytes));
        }

        _file.Write(bytes);
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
