using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>
/// Contrast-limited adaptive histogram equalisation (K. Zuiderveld, Graphics Gems IV, 1994) of photographs whose light is uneven: each
/// region is spread over all greys, no grey more than a limit allows, and between regions the mappings are blended.
/// </summary>
public static class LocalContrast
{
    /// <summary>Regions along each side of an image: Zuiderveld's.</summary>
    public const int DefaultRegions = 8;

    /// <summary>How many times the mean count a grey may count: OpenCV's examples take 2.</summary>
    public const double DefaultLimit = 2;

    private const int Greys = 256;

    /// <summary>Equalises a grey image of 8 bits.</summary>
    /// <param name="image">One channel, 8 bits.</param>
    /// <param name="regions">Regions along each side.</param>
    /// <param name="limit">Times the mean count that a grey counts at most; 1 is the least.</param>
    /// <exception cref="ArgumentException">The image is not grey, or not of 8 bits.</exception>
    public static PixelImage Equalise(PixelImage image, int regions = DefaultRegions, double limit = DefaultLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(regions, 1);
        if (!(limit >= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, "A grey may count at least as often as the mean.");
        }

        if (image.Channels != 1 || image.Type != VoxelType.UInt8)
        {
            throw new ArgumentException($"Expected one channel of 8 bits, not {image.Channels} of {image.Type}.", nameof(image));
        }

        (int rows, int columns) = (Math.Min(regions, image.Height), Math.Min(regions, image.Width));
        double[][] maps = [.. Enumerable.Range(0, rows * columns).Select(i => MapOf(image, i / columns, i % columns, rows, columns, limit))];
        byte[] result = new byte[image.Samples.Length];
        for (int y = 0; y < image.Height; y++)
        {
            (int top, int bottom, double down) = Between(y, image.Height, rows);
            for (int x = 0; x < image.Width; x++)
            {
                (int left, int right, double across) = Between(x, image.Width, columns);
                byte grey = image.Samples[(y * image.Width) + x];
                double above = Blend(maps[(top * columns) + left][grey], maps[(top * columns) + right][grey], across);
                double below = Blend(maps[(bottom * columns) + left][grey], maps[(bottom * columns) + right][grey], across);
                result[(y * image.Width) + x] = (byte)Math.Floor(Blend(above, below, down) + 0.5);
            }
        }

        return new PixelImage(image.Height, image.Width, 1, VoxelType.UInt8, result);
    }

    /// <summary>Where each grey of a region goes: its rank among the region's pixels, after what exceeds the limit was shared out
    /// among all greys.</summary>
    private static double[] MapOf(PixelImage image, int row, int column, int rows, int columns, double limit)
    {
        (int top, int bottom) = (Start(row, image.Height, rows), Start(row + 1, image.Height, rows));
        (int left, int right) = (Start(column, image.Width, columns), Start(column + 1, image.Width, columns));
        double[] counts = new double[Greys];
        for (int y = top; y < bottom; y++)
        {
            foreach (byte grey in image.Samples.AsSpan((y * image.Width) + left, right - left))
            {
                counts[grey]++;
            }
        }

        double pixels = (double)(bottom - top) * (right - left);
        double most = limit * pixels / Greys;
        double excess = counts.Sum(count => Math.Max(0, count - most)) / Greys;
        double[] map = new double[Greys];
        double below = 0;
        for (int grey = 0; grey < Greys; grey++)
        {
            double count = Math.Min(counts[grey], most) + excess;
            map[grey] = (below + (count / 2)) / pixels * (Greys - 1); // a grey goes to the middle of its own share
            below += count;
        }

        return map;
    }

    private static int Start(int region, int extent, int regions) => (int)((long)region * extent / regions);

    /// <summary>The two regions between whose centres a pixel lies, and how far it is on its way from the first to the second.</summary>
    private static (int First, int Second, double Share) Between(int pixel, int extent, int regions)
    {
        double place = ((pixel + 0.5) * regions / extent) - 0.5;
        int first = (int)Math.Floor(place);
        return (Math.Max(0, first), Math.Min(regions - 1, first + 1), place - first);
    }

    private static double Blend(double first, double second, double share) => first + (share * (second - first));
}
