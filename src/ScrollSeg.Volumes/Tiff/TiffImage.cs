using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Reads a single-page TIFF file as an image of 8 or 16 bits per sample.</summary>
internal static class TiffImage
{
    public static PixelImage Read(string path)
    {
        using TiffSource source = new(path);
        TiffPage page = TiffSliceFormat.SinglePage(source);
        if (page.Type is not (VoxelType.UInt8 or VoxelType.UInt16 or VoxelType.Bool))
        {
            throw source.Damaged($"samples of {page.Type.NumpyName()}; an image has uint8 or uint16.");
        }

        if (page.Photometric is TiffCodes.PaletteColour or TiffCodes.MinIsWhite)
        {
            throw source.Damaged($"{TiffCodes.NameOfPhotometric(page.Photometric)}: not supported; convert it to grey or RGB.");
        }

        if (page.Bits is not (1 or 8 or 16))
        {
            throw source.Damaged($"samples of {page.Bits} bits; an image has 1, 8 or 16 (as a slice of a volume it can be read).");
        }

        long byteCount = (long)page.Height * page.Width * page.PixelBytes;
        if (byteCount > Array.MaxLength)
        {
            throw source.Damaged($"{page.Height} x {page.Width} pixels need {byteCount} bytes; an image in memory has at most 2 GiB.");
        }

        byte[] samples = new byte[byteCount];
        int rowBytes = page.Width * page.PixelBytes;
        Box3 whole = new((0, 0, 0), new Shape3(1, page.Height, page.Width));
        new TiffRegionReader(
            source,
            page,
            whole,
            (y, x, pixels) => pixels.CopyTo(samples.AsSpan((y * rowBytes) + (x * page.PixelBytes)))).Read(CancellationToken.None);
        if (page.Type == VoxelType.Bool)
        {
            foreach (ref byte sample in samples.AsSpan())
            {
                sample *= byte.MaxValue; // as PNG scales its single bits
            }
        }

        return new PixelImage(page.Height, page.Width, page.Samples, page.PixelBytes / page.Samples == 2 ? VoxelType.UInt16 : VoxelType.UInt8, samples);
    }
}
