using System.Globalization;
using System.Text.RegularExpressions;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>What the programs that know stacks write into a page's description: tifffile as JSON, OME-TIFF as XML.</summary>
internal static partial class TiffDescription
{
    /// <summary>Descriptions are asked no further; OME's part about extents comes before its list of pages.</summary>
    public const int MostBytes = 1 << 16;

    /// <summary>Refuses a series of which tifffile has left out all directories but the first (its option <c>truncate</c>): the
    /// other slices lie behind the first, and nothing in the file but its description knows of them.</summary>
    /// <exception cref="VolumeFormatException">It is one.</exception>
    public static void RequireWholeChain(TiffSource source, TiffDirectory page)
    {
        string text = page.Text(TiffTags.ImageDescription, MostBytes);
        if (text.StartsWith('{') && Truncated().IsMatch(text))
        {
            throw source.Damaged(
                $"page {page.Page} stands for more slices than it has directories (tifffile's truncated): not supported; write the file without truncate=True.");
        }
    }

    /// <summary>What is odd about the pages of an OME-TIFF; <see langword="null"/> if nothing is.</summary>
    /// <param name="first">The first page.</param>
    /// <param name="pages">How many there are.</param>
    public static string? OmeDefect(TiffDirectory first, int pages)
    {
        string text = first.Text(TiffTags.ImageDescription, MostBytes);
        if (!text.Contains("<OME", StringComparison.Ordinal))
        {
            return null;
        }

        (int slices, int channels, int frames) = (Extent(text, 'Z'), Extent(text, 'C'), Extent(text, 'T'));
        return pages != slices && (channels > 1 || frames > 1)
            ? $"OME-XML tells of {channels} channels and {frames} frames of {slices} slices: the {pages} pages are read as slices, one after the other."
            : null;
    }

    private static int Extent(string text, char axis) =>
        OmeExtent().Matches(text).FirstOrDefault(match => match.Groups[1].ValueSpan[0] == axis) is Match found &&
        int.TryParse(found.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int extent)
            ? extent
            : 1;

    [GeneratedRegex("\"truncated\"\\s*:\\s*true")]
    private static partial Regex Truncated();

    [GeneratedRegex("\\bSize([ZCT])=[\"']([0-9]+)[\"']")]
    private static partial Regex OmeExtent();
}
