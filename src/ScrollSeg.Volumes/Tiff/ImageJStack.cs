using System.Globalization;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>What ImageJ writes into the description of the first page: beyond 4 GiB it stores all planes behind one
/// another and gives a directory to the first only.</summary>
/// <param name="Channels">Channels of a hyperstack.</param>
/// <param name="Slices">Slices along z.</param>
/// <param name="Frames">Points in time.</param>
internal sealed record ImageJStack(long Channels, long Slices, long Frames)
{
    /// <summary>Planes that the stack should have; the key <c>images</c> is not reliable and not asked. More than 2^63 count as
    /// 2^63 - 1.</summary>
    public long Planes => (long)Int128.Min((Int128)Channels * Slices * Frames, long.MaxValue);

    /// <summary>Reads the description; <see langword="null"/> if ImageJ did not write the file.</summary>
    public static ImageJStack? Of(TiffDirectory first)
    {
        string text = first.Text(TiffTags.ImageDescription, TiffDescription.MostBytes);
        return text.StartsWith("ImageJ=", StringComparison.Ordinal)
            ? new ImageJStack(NumberOf(text, "channels"), NumberOf(text, "slices"), NumberOf(text, "frames"))
            : null;
    }

    private static long NumberOf(string text, string key)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length && line[key.Length] == '=' &&
                int.TryParse(line.AsSpan(key.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0)
            {
                return number;
            }
        }

        return 1;
    }
}
