namespace ScrollSeg.Sam.Training;

/// <summary>What becomes of one example: an <see cref="Augmentation"/> draws it.</summary>
/// <param name="Flip">Whether it is mirrored.</param>
/// <param name="Quarters">Quarter turns, 0 to 3.</param>
/// <param name="Contrast">Factor of grey values around the middle.</param>
/// <param name="Brightness">Grey levels that are added.</param>
/// <param name="Noise">Deviation of noise, in grey levels.</param>
/// <param name="Missing">The slice in whose place its neighbour stands; -1 for none.</param>
internal readonly record struct AugmentationChange(bool Flip, int Quarters, double Contrast, double Brightness, double Noise, int Missing)
{
    /// <summary>Nothing.</summary>
    public static AugmentationChange None { get; } = new(false, 0, 1, 0, 0, -1);

    /// <summary>Changes an example.</summary>
    /// <param name="example">Stays as it is.</param>
    /// <param name="random">Draws the noise.</param>
    public TrainingExample Apply(TrainingExample example, Random random)
    {
        int side = example.Side;
        float[] grey = new float[example.Grey.Length];
        byte[] labels = new byte[example.Labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            int from = Source(i, side, Flip, Quarters);
            labels[i] = example.Labels[from];
            for (int slice = 0; slice < example.Channels; slice++)
            {
                int shown = slice == Missing ? (slice == 0 ? 1 : slice - 1) : slice;
                double value = ((example.Grey[(shown * labels.Length) + from] - 127.5) * Contrast) + 127.5 + Brightness;
                grey[(slice * labels.Length) + i] = (float)Math.Clamp(value + (Noise * Triangular(random)), 0, 255);
            }
        }

        return example with { Grey = grey, Labels = labels };
    }

    /// <summary>The pixel that comes to stand at a place.</summary>
    internal static int Source(int pixel, int side, bool flip, int quarters)
    {
        (int y, int x) = Math.DivRem(pixel, side);
        for (int i = 0; i < quarters; i++)
        {
            (y, x) = (x, side - 1 - y);
        }

        return (y * side) + (flip ? side - 1 - x : x);
    }

    /// <summary>Of variance 1, as noise goes, at the price of two random numbers.</summary>
    private static double Triangular(Random random) => (random.NextDouble() + random.NextDouble() - 1) * Math.Sqrt(6);
}
