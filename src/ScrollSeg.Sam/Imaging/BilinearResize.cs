namespace ScrollSeg.Sam.Imaging;

/// <summary>
/// Resizes 8-bit images as Pillow's <c>Image.resize(BILINEAR)</c> does, to the bit: a triangle filter as wide as a target
/// pixel, columns first, then rows, each pass in fixed point and rounded to 8 bits. SAM was trained on images resized so.
/// </summary>
/// <remarks>Source of the numbers: Pillow, src/libImaging/Resample.c (PRECISION_BITS = 32 - 8 - 2).</remarks>
internal static class BilinearResize
{
    private const int PrecisionBits = 32 - 8 - 2;

    /// <summary>Resizes an image.</summary>
    public static RgbImage Resize(RgbImage image, int height, int width)
    {
        byte[] samples = image.Samples;
        if (width != image.Width)
        {
            samples = ResizeAxis(samples, outer: image.Height, image.Width, width, inner: 3);
        }

        if (height != image.Height)
        {
            samples = ResizeAxis(samples, outer: 1, image.Height, height, inner: width * 3);
        }

        return new RgbImage(height, width, samples);
    }

    /// <summary>Resizes the middle axis of <c>[outer, source, inner]</c> to <c>[outer, target, inner]</c>.</summary>
    private static byte[] ResizeAxis(byte[] samples, int outer, int source, int target, int inner)
    {
        byte[] resized = new byte[checked(outer * target * inner)];
        int[] sums = new int[inner];
        for (int i = 0; i < target; i++)
        {
            (int first, int[] weights) = Weights(i, source, target);
            for (int o = 0; o < outer; o++)
            {
                Array.Fill(sums, 1 << (PrecisionBits - 1));
                for (int k = 0; k < weights.Length; k++)
                {
                    ReadOnlySpan<byte> row = samples.AsSpan(((o * source) + first + k) * inner, inner);
                    for (int c = 0; c < row.Length; c++)
                    {
                        sums[c] += row[c] * weights[k];
                    }
                }

                Span<byte> to = resized.AsSpan(((o * target) + i) * inner, inner);
                for (int c = 0; c < to.Length; c++)
                {
                    to[c] = (byte)Math.Clamp(sums[c] >> PrecisionBits, 0, 255);
                }
            }
        }

        return resized;
    }

    /// <summary>What the source pixels contribute to one target pixel, as fixed-point numbers that sum to about 1.</summary>
    private static (int First, int[] Weights) Weights(int target, int sourceLength, int targetLength)
    {
        double scale = (double)sourceLength / targetLength;
        double support = Math.Max(scale, 1); // the triangle reaches one target pixel to either side, or one source pixel
        double centre = (target + 0.5) * scale;
        int first = Math.Max((int)(centre - support + 0.5), 0);
        int end = Math.Min((int)(centre + support + 0.5), sourceLength);

        double[] weights = new double[end - first];
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Max(0, 1 - Math.Abs((i + first - centre + 0.5) / support));
            sum += weights[i];
        }

        return (first, [.. weights.Select(weight => (int)(0.5 + (weight / sum * (1 << PrecisionBits))))]);
    }
}
