using System.Buffers;
using BitMiracle.LibTiff.Classic;
using ScrollSeg.Volumes.Images;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Reads a rectangle of one page, touching only the strips or tiles that it meets.</summary>
/// <param name="source">The file.</param>
/// <param name="page">The page.</param>
/// <param name="region">Rows and columns to read; a box of one slice.</param>
/// <param name="sink">Receives runs of pixels, unpacked and in the machine's byte order.</param>
internal sealed class TiffRegionReader(TiffSource source, TiffPage page, Box3 region, PixelRun sink)
{
    /// <summary>What is read in one piece where nothing is compressed; at least a row.</summary>
    private const int BlockBytes = 1 << 20;

    /// <summary>What planes are put together in at the most; at least a row.</summary>
    private const int MostPlaneBytes = 1 << 26;

    private readonly bool _swap = source.IsBigEndian == BitConverter.IsLittleEndian;

    /// <summary>Stored bytes of the strips and tiles that were read.</summary>
    public long EncodedBytes { get; private set; }

    /// <summary>Bytes of the strips and tiles that were decoded.</summary>
    public long DecodedBytes { get; private set; }

    /// <summary>Parts of the region that the file leaves out, in pixels of the page.</summary>
    public List<Box3> Absent { get; } = [];

    public void Read(CancellationToken cancellationToken)
    {
        if (page.Planes > 1)
        {
            ReadPlanes(cancellationToken);
            return;
        }

        if (page.Compression == TiffCodes.Uncompressed)
        {
            ForEachSegment(ReadRawSegment, cancellationToken);
            return;
        }

        if (TiffCodedSegment.Handles(source, page))
        {
            ForEachSegment(ReadCodedSegment, cancellationToken);
            return;
        }

        TiffDirectory.Read(source, page.DirectoryOffset, page.Index).CheckCounts();
        LibTiffStream stream = new(source);
        try
        {
            using LibTiff tiff = LibTiffStream.Open(source, stream);
            Require(tiff.SetSubDirectory(page.DirectoryOffset), stream, "its directory");
            if (page.Compression == TiffCodes.Jpeg && page.Samples == 3)
            {
                tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
            }

            ForEachSegment(
                (index, rows) =>
                {
                    if (page.IsTiled)
                    {
                        ReadCodedTile(tiff, stream, index, rows);
                    }
                    else
                    {
                        ReadCodedStrip(tiff, stream, index, rows);
                    }
                },
                cancellationToken);
        }
        catch (Exception e) when (e is not (VolumeFormatException or OperationCanceledException or OutOfMemoryException))
        {
            // on damaged input LibTiff.NET throws what its arrays throw
            throw source.Damaged($"page {page.Index} ({page.Codec}) cannot be decoded: {stream.Errors} ({e.Message})", e);
        }
    }

    /// <summary>Samples in planes of their own, put together some rows at a time.</summary>
    private void ReadPlanes(CancellationToken cancellationToken)
    {
        int size = page.Type.ByteSize();
        int rowBytes = checked(region.Shape.X * page.PixelBytes);
        int rowsAtOnce = Math.Clamp(MostPlaneBytes / rowBytes, 1, Math.Min(region.Shape.Y, page.SegmentHeight));
        byte[] together = new byte[rowsAtOnce * rowBytes];
        for (int y = region.Start.Y; y < region.End.Y;)
        {
            int toSegmentEnd = page.SegmentHeight - (y % page.SegmentHeight);
            int rows = Math.Min(Math.Min(rowsAtOnce, toSegmentEnd), region.End.Y - y);
            Box3 part = region.With(Axis.Y, y, rows);
            for (int plane = 0; plane < page.Planes; plane++)
            {
                int first = plane * size;
                TiffRegionReader reader = new(source, page.PlaneAt(plane), part, (row, x, samples) => Interleave(
                    samples, together.AsSpan(((row - part.Start.Y) * rowBytes) + ((x - part.Start.X) * page.PixelBytes) + first), size));
                reader.Read(cancellationToken);
                EncodedBytes += reader.EncodedBytes;
                DecodedBytes += reader.DecodedBytes;
                Absent.AddRange(reader.Absent.Except(Absent)); // a pixel without one of its samples is not there
            }

            for (int i = 0; i < rows; i++)
            {
                sink(y + i, region.Start.X, together.AsSpan(i * rowBytes, rowBytes));
            }

            y += rows;
        }
    }

    private void Interleave(ReadOnlySpan<byte> samples, Span<byte> pixels, int size)
    {
        for (int from = 0, to = 0; from < samples.Length; from += size, to += page.PixelBytes)
        {
            samples.Slice(from, size).CopyTo(pixels[to..]);
        }
    }

    private void ForEachSegment(Action<int, Box3> read, CancellationToken cancellationToken)
    {
        ChunkGrid grid = new(new Shape3(1, page.Height, page.Width), new Shape3(1, page.SegmentHeight, page.SegmentWidth));
        foreach ((int _, int y, int x) in grid.Touching(region))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int index = checked((y * page.SegmentsAcross) + x);
            Box3 wanted = grid.BoxOf((0, y, x)).Intersect(region);
            if (page.IsSparse(index))
            {
                Absent.Add(wanted);
                WriteZeros(wanted);
                continue;
            }

            read(index, wanted);
            EncodedBytes += page.ByteCounts[index];
            DecodedBytes += page.DecodedBytes(index);
        }
    }

    private void ReadRawSegment(int index, Box3 wanted)
    {
        (int startY, int startX) = OriginOf(index);
        int rowBytes = (int)page.SegmentRowBytes;
        int rowsAtOnce = Math.Clamp(BlockBytes / rowBytes, 1, wanted.Shape.Y);
        byte[] block = ArrayPool<byte>.Shared.Rent(rowsAtOnce * rowBytes);
        try
        {
            for (int y = wanted.Start.Y; y < wanted.End.Y; y += rowsAtOnce)
            {
                int rows = Math.Min(rowsAtOnce, wanted.End.Y - y);
                Span<byte> bytes = block.AsSpan(0, rows * rowBytes);
                source.Read(bytes, page.Offsets[index] + ((y - startY) * (long)rowBytes), $"page {page.Index}, row {y},");
                ToNative(bytes);
                for (int i = 0; i < rows; i++)
                {
                    WriteRow(y + i, startX, bytes.Slice(i * rowBytes, rowBytes), wanted);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Without LibTiff.NET: from the first row on, a row at a time, however large the strip or tile is.</summary>
    private void ReadCodedSegment(int index, Box3 wanted)
    {
        (int startY, int startX) = OriginOf(index);
        byte[] row = new byte[page.SegmentRowBytes];
        int y = startY;
        try
        {
            using TiffCodedSegment segment = new(source, page, index);
            for (; y < wanted.End.Y; y++)
            {
                segment.Read(row);
                if (y >= wanted.Start.Y)
                {
                    TiffPredictor.Undo(row, page, _swap);
                    WriteRow(y, startX, row, wanted);
                }
            }

            if (y == startY + page.StoredRows(index))
            {
                segment.Finish();
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException)
        {
            throw source.Damaged($"page {page.Index} ({page.Codec}): row {y} of {(page.IsTiled ? "tile" : "strip")} {index} cannot be decoded: {e.Message}", e);
        }
    }

    /// <summary>A compressed strip can only be decoded from its first row on; a row at a time, however large it is.</summary>
    private void ReadCodedStrip(LibTiff tiff, LibTiffStream stream, int index, Box3 wanted)
    {
        byte[] row = new byte[page.SegmentRowBytes];
        for (int y = OriginOf(index).Y; y < wanted.End.Y; y++)
        {
            Require(tiff.ReadScanline(row, y, (short)page.Plane), stream, $"row {y} of strip {index}");
            if (y >= wanted.Start.Y)
            {
                WriteRow(y, 0, row, wanted);
            }
        }
    }

    private void ReadCodedTile(LibTiff tiff, LibTiffStream stream, int index, Box3 wanted)
    {
        (int startY, int startX) = OriginOf(index);
        int rowBytes = (int)page.SegmentRowBytes;
        byte[] tile = new byte[checked(rowBytes * page.SegmentHeight)];
        int decoded = tiff.ReadEncodedTile(index + (page.Plane * page.SegmentsOfAPlane), tile, 0, tile.Length);
        Require(decoded == tile.Length, stream, $"tile {index}");
        for (int y = wanted.Start.Y; y < wanted.End.Y; y++)
        {
            WriteRow(y, startX, tile.AsSpan((y - startY) * rowBytes, rowBytes), wanted);
        }
    }

    private (int Y, int X) OriginOf(int index) =>
        ((index / page.SegmentsAcross) * page.SegmentHeight, (index % page.SegmentsAcross) * page.SegmentWidth);

    /// <summary>Cuts the wanted columns out of a row of a strip or tile.</summary>
    private void WriteRow(int y, int startX, ReadOnlySpan<byte> row, Box3 wanted)
    {
        int first = wanted.Start.X - startX;
        if (page.IsOfWholeBytes)
        {
            sink(y, wanted.Start.X, row.Slice(first * page.PixelBytes, wanted.Shape.X * page.PixelBytes));
            return;
        }

        byte[] unpacked = ArrayPool<byte>.Shared.Rent(wanted.Shape.X * page.PixelBytes);
        Span<byte> samples = unpacked.AsSpan(0, wanted.Shape.X * page.PixelBytes);
        PackedSamples.Unpack(row, (long)first * page.Samples * page.Bits, page.Bits, page.Type.ByteSize(), samples);
        sink(y, wanted.Start.X, samples);
        ArrayPool<byte>.Shared.Return(unpacked);
    }

    private void WriteZeros(Box3 wanted)
    {
        byte[] zeros = new byte[wanted.Shape.X * page.PixelBytes];
        for (int y = wanted.Start.Y; y < wanted.End.Y; y++)
        {
            sink(y, wanted.Start.X, zeros);
        }
    }

    /// <summary>Undoes FillOrder 2 and the file's byte order.</summary>
    private void ToNative(Span<byte> bytes)
    {
        if (page.ReversedBits)
        {
            foreach (ref byte value in bytes)
            {
                // seven operations that reverse a byte with 64-bit arithmetic (Bit Twiddling Hacks, Anderson)
                value = (byte)((((value * 0x80200802UL) & 0x0884422110UL) * 0x0101010101UL) >> 32);
            }
        }

        if (_swap && page.IsOfWholeBytes)
        {
            ByteOrder.Reverse(bytes, page.Bits / 8);
        }
    }

    /// <summary>LibTiff.NET sometimes complains and goes on with what it has; here that is a failure.</summary>
    private void Require(bool succeeded, LibTiffStream stream, string what)
    {
        if (!succeeded || stream.HasErrors)
        {
            throw source.Damaged($"page {page.Index} ({page.Codec}): {what} cannot be decoded: {stream.Errors}.");
        }
    }
}
