using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Slices as single-page TIFF files.</summary>
internal sealed class TiffSliceFormat : SliceFormat
{
    public override string Name => "TIFF";

    public override IReadOnlyList<string> Extensions => [".tif", ".tiff"];

    public override bool Recognises(ReadOnlySpan<byte> start) => TiffSource.IsSignature(start);

    public override SliceHeader ReadHeader(string path)
    {
        using TiffSource source = new(path);
        return HeaderOf(SinglePage(source));
    }

    public override SliceRead ReadRows(string path, SliceHeader expected, Box3 rows, PixelRun sink, CancellationToken cancellationToken)
    {
        using TiffSource source = new(path);
        TiffPage page = SinglePage(source);
        expected.CheckUnchanged(path, HeaderOf(page));
        TiffRegionReader reader = new(source, page, rows, sink);
        reader.Read(cancellationToken);
        return new SliceRead(reader.EncodedBytes, reader.DecodedBytes, reader.Absent);
    }

    /// <summary>The page of a file that must have exactly one.</summary>
    public static TiffPage SinglePage(TiffSource source)
    {
        TiffDirectory[] pages = [.. TiffPages.Walk(source).Take(2)];
        TiffDescription.RequireWholeChain(source, pages[0]);
        return pages.Length == 1 && ImageJStack.Of(pages[0]) is null or { Planes: 1 }
            ? TiffPage.Read(source, pages[0])
            : throw source.Damaged("the file has several pages; a slice is one page (open the file itself for a multi-page volume).");
    }

    /// <summary>What contradicts the use of a page as a grey slice; <see langword="null"/> if nothing does.</summary>
    public static string? DefectOf(TiffPage page) => page.Photometric switch
    {
        TiffCodes.MinIsWhite => "0 is white (PhotometricInterpretation 0): values are kept as stored, not inverted.",
        TiffCodes.PaletteColour => "palette colour: the values are the palette's indices, not its colours.",
        _ => null,
    };

    private static SliceHeader HeaderOf(TiffPage page) =>
        new(page.Height, page.Width, page.Samples, page.Type, page.Codec) { Defect = DefectOf(page) };
}
