using System.Globalization;
using System.Runtime.InteropServices;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Guards;

/// <summary>Checks of an image's grey values for what conversions before us may have done to them. All are notes: an image
/// may be so.</summary>
public static class PixelChecks
{
    private const int MinSamples = 1024;
    private const string SixteenBits = "the scan's own values; 16-bit images are taken as they are, and scaled by their own percentiles";

    /// <summary>Everything there is to say about an image as it was read.</summary>
    public static IEnumerable<Finding> Notes(PixelImage image)
    {
        PixelImage grey = image.ToGrey();
        return grey.Type == VoxelType.UInt8
            ? new[] { UnitRange(grey.Samples), Comb(grey.Samples), Wrapped(grey) }.OfType<Finding>()
            : new[] { EightBits(MemoryMarshal.Cast<byte, ushort>(grey.Samples)) }.OfType<Finding>();
    }

    private static Finding? UnitRange(ReadOnlySpan<byte> samples)
    {
        int max = 0;
        foreach (byte sample in samples)
        {
            max = Math.Max(max, sample);
        }

        return max == 1
            ? new Finding(
                GuardName.UnitPixels,
                "The image's brightest value is 1 of 255: the network sees black.",
                "grey values from 0 to 255",
                "an image scaled to 0..1 and then made bytes, or a mask of 0 and 1 instead of the image; multiply by 255 first")
            : null;
    }

    /// <summary>v x 256 and v x 257 are how 8 bits are made 16; real 16-bit data hold other values as well.</summary>
    private static Finding? EightBits(ReadOnlySpan<ushort> samples)
    {
        if (samples.Length < MinSamples)
        {
            return null;
        }

        (bool by256, bool by257) = (true, true);
        (ushort min, ushort max) = (ushort.MaxValue, 0);
        foreach (ushort sample in samples)
        {
            by256 &= sample % 256 == 0;
            by257 &= sample % 257 == 0;
            (min, max) = (Math.Min(min, sample), Math.Max(max, sample));
        }

        return max > min && (by256 || by257)
            ? new Finding(
                GuardName.EightBitsOnly,
                $"All {samples.Length} values of the 16-bit image are multiples of {(by257 ? 257 : 256)}.",
                SixteenBits,
                "16-bit data cast to 8 bits and stored as 16 again; go back to the file before that")
            : null;
    }

    /// <summary>Half of the values between the darkest and the brightest never occur, and the gaps are alike.</summary>
    private static Finding? Comb(ReadOnlySpan<byte> samples)
    {
        long[] counts = new long[256];
        foreach (byte sample in samples)
        {
            counts[sample]++;
        }

        int[] used = [.. Enumerable.Range(0, 256).Where(value => counts[value] > 0)];
        int range = used[^1] - used[0];
        if (samples.Length < MinSamples || range < 64 || used.Length < 8 || 2 * (used.Length - 1) > range)
        {
            return null;
        }

        int widest = used.Zip(used.Skip(1), (a, b) => b - a).Max();
        return widest * (used.Length - 1) <= 2 * range
            ? new Finding(
                GuardName.GreyComb,
                $"Of the {range + 1} grey values from {used[0]} to {used[^1]} the image uses {used.Length}, with gaps of up to {widest}.",
                SixteenBits,
                "16-bit data cast to 8 bits by their upper byte and brightened afterwards; scale the 16 bits between two percentiles instead")
            : null;
    }

    /// <summary>
    /// Where grey values pass a multiple of 256, the lower byte jumps by nearly 256 between neighbours, while jumps of
    /// half that are as rare as before. Noise has more of the half jumps, black and white pictures have few greys.
    /// </summary>
    private static Finding? Wrapped(PixelImage grey)
    {
        long[] jumps = new long[256];
        HashSet<byte> greys = [];
        long extremes = 0;
        for (int y = 0; y < grey.Height; y++)
        {
            ReadOnlySpan<byte> row = grey.Samples.AsSpan(y * grey.Width, grey.Width);
            for (int x = 0; x < row.Length; x++)
            {
                extremes += row[x] is 0 or 255 ? 1 : 0;
                greys.Add(row[x]);
                jumps[x == 0 ? 0 : Math.Abs(row[x] - row[x - 1])]++;
            }
        }

        long far = jumps.Skip(192).Sum();
        long middle = jumps.Skip(96).Take(65).Sum();
        double pixels = grey.Samples.Length;
        return pixels >= MinSamples && greys.Count >= 128 && extremes < 0.1 * pixels && far >= 0.005 * pixels && far > 4 * middle
            ? new Finding(
                GuardName.WrappedGrey,
                string.Create(CultureInfo.InvariantCulture,
                    $"{100 * far / pixels:0.0} % of neighbouring pixels differ by 192 or more, and {100 * middle / pixels:0.0} % by 96 to 160."),
                "few jumps from nearly black to nearly white; " + SixteenBits,
                "16-bit data cut to their lower 8 bits, so that 256 became black again; scale between two percentiles instead")
            : null;
    }
}
