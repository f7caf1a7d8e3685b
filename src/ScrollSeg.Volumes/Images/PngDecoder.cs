using System.IO.Compression;

namespace ScrollSeg.Volumes.Images;

/// <summary>Decodes one PNG image, row by row (PNG specification, third edition).</summary>
internal sealed class PngDecoder : IDisposable
{
    /// <summary>Deflate makes at most 1032 bytes of one (two bits for a match of 258); some room for the headers.</summary>
    private const long MaxExpansion = 1040;

    /// <summary>First row and column, and the steps to the next, of each pass of Adam7 (section 8.1).</summary>
    private static readonly (int Y, int X, int StepY, int StepX)[] Adam7 =
        [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)];

    private static readonly (int Y, int X, int StepY, int StepX)[] Whole = [(0, 0, 1, 1)];

    private readonly PngChunks _chunks;
    private readonly string _name;
    private readonly long _byteCount;

    /// <summary>Reads the signature.</summary>
    /// <param name="source">The file; stays the caller's.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="byteCount">Length of the file, which bounds what its header may claim.</param>
    public PngDecoder(Stream source, string name, long byteCount)
    {
        (_name, _byteCount) = (name, byteCount);
        _chunks = new PngChunks(source, name);
    }

    /// <summary>Reads the chunks before the pixels.</summary>
    public PngLayout ReadLayout()
    {
        _chunks.Next();
        if (_chunks.Type != "IHDR" || _chunks.ChunkLength != PngLayout.HeaderLength)
        {
            throw _chunks.Damaged($"{_chunks.ChunkLength} bytes; the first chunk must be IHDR with 13.");
        }

        PngLayout layout = Checked(() => PngLayout.Parse(_chunks.ReadAll(PngLayout.HeaderLength)));
        for (_chunks.Next(); _chunks.Type != "IDAT"; _chunks.Next())
        {
            layout = ReadBeforePixels(layout);
        }

        if (layout.Colour == PngColour.Palette && layout.Palette.Length == 0)
        {
            throw _chunks.Damaged("pixels begin, but no palette (PLTE) came before them.");
        }

        CheckExtent(layout);
        return layout;
    }

    /// <summary>Reads the pixels and what follows, up to IEND.</summary>
    public PixelImage ReadImage(PngLayout layout)
    {
        byte[] samples = new byte[layout.DecodedBytes];
        using (ZLibStream pixels = new(_chunks, CompressionMode.Decompress, leaveOpen: true))
        {
            try
            {
                foreach ((int Y, int X, int StepY, int StepX) pass in layout.Interlaced ? Adam7 : Whole)
                {
                    ReadPass(layout, pixels, pass, samples);
                }

                if (pixels.ReadByte() >= 0)
                {
                    throw new InvalidDataException("more pixel data than the image has rows");
                }
            }
            catch (InvalidDataException e)
            {
                throw _chunks.Damaged($"{e.Message}.", e);
            }
        }

        ReadToEnd();
        return new PixelImage(layout.Height, layout.Width, layout.Channels, layout.Type, samples);
    }

    /// <inheritdoc/>
    public void Dispose() => _chunks.Dispose();

    /// <summary>Nothing is allocated for an image that cannot be in the file.</summary>
    private void CheckExtent(PngLayout layout)
    {
        long stored = layout.Height * (layout.RowBytes(layout.Width) + 1);
        if (stored > _byteCount * MaxExpansion)
        {
            throw new VolumeFormatException(
                _name, $"{layout.Height} x {layout.Width} pixels need {stored} bytes, more than deflate makes of a file of {_byteCount}.");
        }

        if (layout.DecodedBytes > Array.MaxLength)
        {
            throw new VolumeFormatException(
                _name, $"{layout.Height} x {layout.Width} pixels need {layout.DecodedBytes} bytes; an image in memory has at most 2 GiB.");
        }
    }

    private static void ReadPass(
        PngLayout layout, Stream pixels, (int Y, int X, int StepY, int StepX) pass, byte[] samples)
    {
        int rows = (layout.Height - pass.Y + pass.StepY - 1) / pass.StepY;
        int columns = (layout.Width - pass.X + pass.StepX - 1) / pass.StepX;
        if (rows <= 0 || columns <= 0)
        {
            return; // a pass without pixels has no filter bytes either
        }

        PngPixels writer = new(layout);
        int rowBytes = checked((int)layout.RowBytes(columns));
        int targetBytes = layout.Width * layout.Channels * layout.Type.ByteSize();
        byte[] row = new byte[rowBytes + 1];
        byte[] above = new byte[rowBytes + 1];
        for (int i = 0; i < rows; i++)
        {
            int y = pass.Y + (i * pass.StepY);
            int read = pixels.ReadAtLeast(row, row.Length, throwOnEndOfStream: false);
            if (read < row.Length)
            {
                throw new InvalidDataException($"the pixel data ends in row {y} of {layout.Height}");
            }

            if (!PngFilters.Undo(row[0], row.AsSpan(1), above.AsSpan(1), layout.FilterDistance))
            {
                throw new InvalidDataException($"row {y} has filter {row[0]}; PNG has filters 0 to 4");
            }

            Span<byte> target = samples.AsSpan(checked((int)((long)y * targetBytes)), targetBytes);
            writer.Write(row.AsSpan(1), columns, target, pass.X, pass.StepX);
            (row, above) = (above, row);
        }
    }

    private PngLayout ReadBeforePixels(PngLayout layout)
    {
        switch (_chunks.Type)
        {
            case "PLTE":
                byte[] palette = _chunks.ReadAll(256 * 3);
                return palette.Length > 0 && palette.Length % 3 == 0
                    ? layout with { Palette = palette }
                    : throw _chunks.Damaged($"{palette.Length} bytes; a palette has 3 bytes for each of 1 to 256 entries.");
            case "tRNS":
                return layout with { Transparency = ReadTransparency(layout) };
            case "IEND":
                throw _chunks.Damaged("the file ends before any pixel data (IDAT).");
            default:
                RefuseUnknown();
                return layout;
        }
    }

    private byte[] ReadTransparency(PngLayout layout)
    {
        byte[] content = _chunks.ReadAll(256);
        bool fits = layout.Colour switch
        {
            PngColour.Grey => content.Length == 2,
            PngColour.Rgb => content.Length == 6,
            PngColour.Palette => content.Length > 0 && content.Length <= layout.Palette.Length / 3,
            _ => false,
        };
        return fits
            ? content
            : throw _chunks.Damaged($"{content.Length} bytes of transparency do not fit colour type {(int)layout.Colour}.");
    }

    /// <summary>A chunk whose name begins with a capital must be understood (section 5.4).</summary>
    private void RefuseUnknown()
    {
        if (char.IsAsciiLetterUpper(_chunks.Type[0]))
        {
            throw _chunks.Damaged("a chunk that must be understood and is not known here.");
        }
    }

    private void ReadToEnd()
    {
        Span<byte> rest = stackalloc byte[512];
        while (_chunks.Read(rest) > 0)
        {
            // bytes behind the compressed stream: their CRC is checked, they mean nothing
        }

        while (_chunks.Type != "IEND")
        {
            RefuseUnknown();
            _chunks.Next();
        }

        _ = _chunks.ReadAll(0);
    }

    private PngLayout Checked(Func<PngLayout> parse)
    {
        try
        {
            return parse();
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(_name, $"chunk IHDR: {e.Message}.", e);
        }
    }
}
