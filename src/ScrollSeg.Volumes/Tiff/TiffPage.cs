namespace ScrollSeg.Volumes.Tiff;

/// <summary>How one page's samples are stored, checked against the file.</summary>
internal sealed record TiffPage
{
    /// <summary>Bytes of pixels per byte of file beyond which the header is not believed. Deflate reaches 1032, LZW about
    /// 2600, zstd more; a sparse tile of 256 x 256 doubles costs 8 bytes, which is 65536.</summary>
    private const long MaxExpansion = 65536;

    /// <summary>A row is held whole. The largest scans have rows of 64 KiB; this is a thousand times as much.</summary>
    private const int MaxRowBytes = 1 << 26;

    public required int Index { get; init; }

    public required long DirectoryOffset { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    /// <summary>Samples per pixel.</summary>
    public required int Samples { get; init; }

    /// <summary>Bits of each sample.</summary>
    public required int Bits { get; init; }

    public required VoxelType Type { get; init; }

    public required int Compression { get; init; }

    public required int Predictor { get; init; }

    public required int Photometric { get; init; }

    /// <summary>Whether bits are stored from the low-order end of each byte (FillOrder 2).</summary>
    public required bool ReversedBits { get; init; }

    public required bool IsTiled { get; init; }

    /// <summary>Rows of a strip or tile.</summary>
    public required int SegmentHeight { get; init; }

    /// <summary>Columns of a strip or tile.</summary>
    public required int SegmentWidth { get; init; }

    /// <summary>Planes that samples are stored in: 1, or one per sample (PlanarConfiguration 2).</summary>
    public required int Planes { get; init; }

    /// <summary>Which plane of the stored ones this is the page of; 0 if it is of all.</summary>
    public int Plane { get; private init; }

    /// <summary>Where each strip or tile begins; those of one plane after those of the other.</summary>
    public required long[] Offsets { get; init; }

    /// <summary>Stored bytes of each strip or tile.</summary>
    public required long[] ByteCounts { get; init; }

    public int SegmentsAcross => ((Width - 1) / SegmentWidth) + 1;

    /// <summary>Strips or tiles that cover the page once.</summary>
    public int SegmentsOfAPlane => Offsets.Length / Planes;

    /// <summary>Bytes of a strip's or tile's row, uncompressed.</summary>
    public long SegmentRowBytes => (((long)SegmentWidth * (Samples / Planes) * Bits) + 7) / 8;

    /// <summary>Whether samples are whole bytes; others are packed, the high-order bit first, and rows begin at a byte.</summary>
    public bool IsOfWholeBytes => Bits % 8 == 0;

    /// <summary>Bytes of a pixel once unpacked.</summary>
    public int PixelBytes => Samples * Type.ByteSize();

    /// <summary>The compression in words.</summary>
    public string Codec => TiffCodes.NameOf(Compression) + (Predictor is 2 or 3 ? $" (predictor {Predictor})" : "");

    /// <summary>Reads and checks a directory.</summary>
    /// <exception cref="VolumeFormatException">It is damaged, or stores samples in a way that is not read here.</exception>
    public static TiffPage Read(TiffSource source, TiffDirectory directory)
    {
        TiffPageFields fields = new(source, directory);
        (int height, int width) = fields.Extent();
        (int samples, int bits, VoxelType type) = fields.Samples();
        bool tiled = directory.Has(TiffTags.TileOffsets) || directory.Has(TiffTags.TileWidth);
        (int segmentHeight, int segmentWidth) = tiled ? fields.TileExtent() : fields.StripExtent(height, width);
        long segments = ((height - 1L) / segmentHeight + 1) * ((width - 1L) / segmentWidth + 1);
        int planes = fields.Planes(samples);
        int compression = fields.Compression(bits, samples, planes, type);
        bool isInTileTag = tiled && directory.Has(TiffTags.TileOffsets); // libtiff takes either
        long[] offsets = fields.Segments(isInTileTag ? TiffTags.TileOffsets : TiffTags.StripOffsets, segments * planes);
        TiffPage page = new()
        {
            Index = directory.Page,
            DirectoryOffset = directory.Offset,
            Height = height,
            Width = width,
            Samples = samples,
            Bits = bits,
            Type = type,
            Compression = compression,
            Predictor = fields.Predictor(compression, bits, type),
            Photometric = fields.Photometric(samples),
            ReversedBits = directory.Number(TiffTags.FillOrder, 1) == 2,
            IsTiled = tiled,
            SegmentHeight = segmentHeight,
            SegmentWidth = segmentWidth,
            Planes = planes,
            Offsets = offsets,
            ByteCounts = [],
        };
        page = page with { ByteCounts = fields.ByteCounts(page) };
        page.CheckAgainst(source);
        return page;
    }

    /// <summary>One plane as a page of its own.</summary>
    public TiffPage PlaneAt(int plane) => this with
    {
        Samples = 1,
        Planes = 1,
        Plane = plane,
        Offsets = Offsets[(plane * SegmentsOfAPlane)..((plane + 1) * SegmentsOfAPlane)],
        ByteCounts = ByteCounts[(plane * SegmentsOfAPlane)..((plane + 1) * SegmentsOfAPlane)],
    };

    /// <summary>Rows of a strip or tile that lie in the page: the last strip is shorter, a tile never is.</summary>
    public int StoredRows(int segment) =>
        IsTiled ? SegmentHeight : Math.Min(SegmentHeight, Height - ((segment % SegmentsOfAPlane / SegmentsAcross) * SegmentHeight));

    /// <summary>Bytes of a strip or tile, uncompressed.</summary>
    public long DecodedBytes(int segment) => StoredRows(segment) * SegmentRowBytes;

    /// <summary>Whether a strip or tile is left out, which stands for zeros.</summary>
    public bool IsSparse(int segment) => Offsets[segment] == 0 && ByteCounts[segment] == 0;

    private void CheckAgainst(TiffSource source)
    {
        string kind = IsTiled ? "tile" : "strip";
        if (SegmentRowBytes > MaxRowBytes || SegmentRowBytes * SegmentHeight / MaxExpansion > source.Length)
        {
            throw source.Damaged(
                $"page {Index}: a {kind} of {SegmentHeight} x {SegmentWidth} pixels cannot be in a file of {source.Length} bytes.");
        }

        long expansion = TiffCodes.MaxExpansionOf(Compression);
        for (int i = 0; i < Offsets.Length; i++)
        {
            if (!IsSparse(i) && ByteCounts[i] < DecodedBytes(i) / expansion)
            {
                throw source.Damaged(
                    $"page {Index}: {kind} {i} has {ByteCounts[i]} bytes, which cannot decode to {DecodedBytes(i)} ({Codec}).");
            }

            if (!IsSparse(i) && (ByteCounts[i] == 0 || Offsets[i] > source.Length - ByteCounts[i]))
            {
                throw source.Damaged(
                    $"page {Index}: {kind} {i} has {ByteCounts[i]} bytes at byte {Offsets[i]}, the file has {source.Length}; is it truncated?");
            }
        }
    }
}
