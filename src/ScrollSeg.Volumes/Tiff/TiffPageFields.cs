namespace ScrollSeg.Volumes.Tiff;

/// <summary>The tags of a page, each checked by itself, with the defaults of TIFF 6.0.</summary>
/// <param name="source">The file.</param>
/// <param name="directory">The page's tags.</param>
internal sealed class TiffPageFields(TiffSource source, TiffDirectory directory)
{
    private const int UnsignedFormat = 1;
    private const int SignedFormat = 2;
    private const int FloatFormat = 3;
    private const int UndefinedFormat = 4;

    public (int Height, int Width) Extent()
    {
        (long depth, long tileDepth) = (directory.Number(TiffTags.ImageDepth, 1), directory.Number(TiffTags.TileDepth, 1));
        return (depth, tileDepth) == (1, 1)
            ? (Positive(TiffTags.ImageLength, "ImageLength", null), Positive(TiffTags.ImageWidth, "ImageWidth", null))
            : throw Refused($"several slices in one page (ImageDepth {depth}, TileDepth {tileDepth})");
    }

    public (int Count, int Bits, VoxelType Type) Samples()
    {
        long count = directory.Number(TiffTags.SamplesPerPixel, 1);
        if (count is < 1 or > 4)
        {
            throw Refused($"{count} samples per pixel; 1 to 4 are read");
        }

        long bits = Same(TiffTags.BitsPerSample, count, absent: 1, "bits per sample");
        long format = Same(TiffTags.SampleFormat, count, absent: UnsignedFormat, "sample formats");
        VoxelType type = (format, bits) switch
        {
            (UnsignedFormat or UndefinedFormat, 1) when count == 1 => VoxelType.Bool,
            (UnsignedFormat or UndefinedFormat, >= 1 and <= 7) => VoxelType.UInt8,
            (UnsignedFormat or UndefinedFormat, >= 9 and <= 15) => VoxelType.UInt16,
            (UnsignedFormat or UndefinedFormat, 8) => VoxelType.UInt8,
            (UnsignedFormat or UndefinedFormat, 16) => VoxelType.UInt16,
            (UnsignedFormat or UndefinedFormat, 32) => VoxelType.UInt32,
            (UnsignedFormat or UndefinedFormat, 64) => VoxelType.UInt64,
            (SignedFormat, 8) => VoxelType.Int8,
            (SignedFormat, 16) => VoxelType.Int16,
            (SignedFormat, 32) => VoxelType.Int32,
            (SignedFormat, 64) => VoxelType.Int64,
            (FloatFormat, 16) => VoxelType.Float16,
            (FloatFormat, 32) => VoxelType.Float32,
            (FloatFormat, 64) => VoxelType.Float64,
            _ => throw Refused($"samples of {bits} bits, format {format}; 1 to 16, 32 and 64 bits unsigned, 8, 16, 32 and 64 bits signed, 16, 32 and 64 bits float are read"),
        };
        if (count is 2 or 4 && bits % 8 != 0)
        {
            throw Refused($"{count} samples of {bits} bits per pixel; with a further channel 8 and 16 bits are read");
        }

        return count == 1 || type is VoxelType.UInt8 or VoxelType.UInt16
            ? ((int)count, (int)bits, type)
            : throw Refused($"{count} samples of {type.NumpyName()} per pixel; colour is read as uint8 and uint16");
    }

    public (int Height, int Width) TileExtent() =>
        (Positive(TiffTags.TileLength, "TileLength", null), Positive(TiffTags.TileWidth, "TileWidth", null));

    public (int Height, int Width) StripExtent(int height, int width) =>
        (Math.Min(height, Positive(TiffTags.RowsPerStrip, "RowsPerStrip", height)), width);

    /// <summary>1, or as many as there are samples.</summary>
    public int Planes(int samples)
    {
        long configuration = samples == 1 ? 1 : directory.Number(TiffTags.PlanarConfiguration, 1);
        return configuration switch
        {
            1 => 1,
            2 => samples,
            _ => throw Damaged($"PlanarConfiguration is {configuration}, expected 1 or 2"),
        };
    }

    public int Compression(int bits, int samples, int planes, VoxelType type)
    {
        long compression = directory.Number(TiffTags.Compression, TiffCodes.Uncompressed);
        string name = TiffCodes.NameOf((int)Math.Min(compression, int.MaxValue));
        bool isFax = compression is TiffCodes.Fax3 or TiffCodes.Fax4 && type == VoxelType.Bool;
        bool known = isFax || compression is TiffCodes.Uncompressed or TiffCodes.Lzw or TiffCodes.Deflate or TiffCodes.OldDeflate
            or TiffCodes.PackBits or TiffCodes.Jpeg or TiffCodes.Zstd;
        if (!known)
        {
            throw Refused($"compression {name} ({compression})");
        }

        if (compression == TiffCodes.Jpeg && (bits != 8 || type != VoxelType.UInt8 || samples is not (1 or 3)))
        {
            throw Refused($"JPEG with {samples} samples of {bits} bits; 1 or 3 of 8 bits are read");
        }

        if (compression == TiffCodes.Jpeg && planes > 1)
        {
            throw Refused("JPEG with samples in separate planes (PlanarConfiguration 2)");
        }

        bool isReversed = directory.Number(TiffTags.FillOrder, 1) == 2;
        if (compression == TiffCodes.Zstd && isReversed)
        {
            throw Refused("zstd with reversed bits (FillOrder 2)");
        }

        bool isOurs = compression == TiffCodes.Uncompressed || (TiffCodedSegment.Knows(compression) && !isReversed);
        if (!isOurs && source.IsBigTiff && source.IsBigEndian)
        {
            throw Refused($"big-endian BigTIFF with compression {name}; uncompressed, deflate, zstd, LZW and PackBits are read");
        }

        return (int)compression;
    }

    public int Predictor(int compression, int bits, VoxelType type)
    {
        long predictor = directory.Number(TiffTags.Predictor, 1);
        bool applies = compression is TiffCodes.Lzw or TiffCodes.Deflate or TiffCodes.OldDeflate or TiffCodes.Zstd;
        if (applies && (predictor is < 1 or > 3 || (predictor == 3 && !type.IsFloat()) || (predictor == 2 && bits % 8 != 0)))
        {
            throw Refused($"predictor {predictor} with samples of {bits} bits, {type.NumpyName()}");
        }

        return applies ? (int)predictor : 1;
    }

    public int Photometric(int samples)
    {
        long photometric = directory.Number(TiffTags.Photometric, samples >= 3 ? TiffCodes.Rgb : TiffCodes.MinIsBlack);
        bool known = photometric switch
        {
            TiffCodes.MinIsWhite or TiffCodes.MinIsBlack => samples <= 2,
            TiffCodes.PaletteColour => samples == 1,
            TiffCodes.Rgb => samples >= 3,
            TiffCodes.YCbCr => samples == 3 && directory.Number(TiffTags.Compression, 1) == TiffCodes.Jpeg,
            _ => false,
        };
        return known
            ? (int)photometric
            : throw Refused($"{TiffCodes.NameOfPhotometric((int)Math.Min(photometric, int.MaxValue))} with {samples} samples per pixel");
    }

    /// <summary>Offsets of the strips or tiles: as many as cover the page, at least.</summary>
    public long[] Segments(int tag, long expected)
    {
        long count = directory.Count(tag);
        if (count < expected)
        {
            throw Damaged($"{count} strips or tiles, {expected} are needed to cover it");
        }

        return directory.Numbers(tag, expected);
    }

    /// <summary>Stored bytes of the strips or tiles. Old writers left them out where nothing is compressed.</summary>
    public long[] ByteCounts(TiffPage page)
    {
        int tag = page.IsTiled ? TiffTags.TileByteCounts : TiffTags.StripByteCounts;
        if (!directory.Has(tag) && page.IsTiled)
        {
            tag = TiffTags.StripByteCounts; // libtiff takes either
        }

        long[] counts = directory.Numbers(tag, page.Offsets.Length);
        bool missing = counts.Length == 0;
        if (!missing && counts.Length < page.Offsets.Length)
        {
            throw Damaged($"byte counts for {counts.Length} of {page.Offsets.Length} strips or tiles");
        }

        if (page.Compression != TiffCodes.Uncompressed)
        {
            return missing ? throw Damaged("no byte counts of the compressed strips or tiles") : counts;
        }

        for (int i = 0; i < page.Offsets.Length; i++)
        {
            if (!missing && counts[i] < page.DecodedBytes(i) && (counts[i] != 0 || page.Offsets[i] != 0))
            {
                throw Damaged($"strip or tile {i} has {counts[i]} bytes, expected {page.DecodedBytes(i)}");
            }
        }

        return missing ? [.. Enumerable.Range(0, page.Offsets.Length).Select(page.DecodedBytes)] : counts;
    }

    private int Positive(int tag, string name, int? absent)
    {
        long value = directory.Number(tag, absent ?? 0);
        if (value == uint.MaxValue && absent is int all)
        {
            return all; // RowsPerStrip 2^32 - 1: one strip
        }

        return value is > 0 and <= int.MaxValue
            ? (int)value
            : throw Damaged(directory.Has(tag) ? $"{name} is {value}" : $"{name} is missing");
    }

    /// <summary>A tag that has one value per sample, which must all be the same; some writers give only one.</summary>
    private long Same(int tag, long count, long absent, string name)
    {
        long[] values = directory.Numbers(tag, count);
        if (values.Length == 0)
        {
            return absent;
        }

        return Array.TrueForAll(values, value => value == values[0])
            ? values[0]
            : throw Refused($"samples of different {name}: {string.Join(", ", values)}");
    }

    private VolumeFormatException Damaged(string problem) => source.Damaged($"page {directory.Page}: {problem}.");

    private VolumeFormatException Refused(string problem) => source.Damaged($"page {directory.Page}: {problem}: not supported.");
}
