namespace ScrollSeg.Sam.Training;

/// <summary>Shows examples in changed form: turned, mirrored, brighter or darker, noisier.</summary>
public sealed record Augmentation
{
    /// <summary>Whether examples are mirrored and turned by quarters. Default yes.</summary>
    public bool Turns { get; init; } = true;

    /// <summary>Largest factor by which contrast changes, up or down. Default 1.25.</summary>
    public double Contrast { get; init; } = 1.25;

    /// <summary>Most grey levels by which brightness changes. Default 20.</summary>
    public double Brightness { get; init; } = 20;

    /// <summary>Largest deviation of noise added, in grey levels. Default 8.</summary>
    public double Noise { get; init; } = 8;

    /// <summary>Chance that one of several slices is missing, and its neighbour stands in its place. Default 0.1.</summary>
    public double SliceDropout { get; init; } = 0.1;

    /// <summary>Changes an example.</summary>
    /// <param name="example">Stays as it is.</param>
    /// <param name="random">Chooses.</param>
    public TrainingExample Apply(TrainingExample example, Random random)
    {
        (bool flip, int quarters) = Turns ? (random.Next(2) == 1, random.Next(4)) : (false, 0);
        double factor = Math.Exp((2 * random.NextDouble() - 1) * Math.Log(Contrast));
        double shift = (2 * random.NextDouble() - 1) * Brightness;
        double noise = random.NextDouble() * Noise;
        int side = example.Side;
        float[] grey = new float[example.Grey.Length];
        byte[] labels = new byte[example.Labels.Length];
        int missing = example.Channels > 1 && random.NextDouble() < SliceDropout ? random.Next(example.Channels) : -1;
        for (int i = 0; i < labels.Length; i++)
        {
            int from = Source(i, side, flip, quarters);
            labels[i] = example.Labels[from];
            for (int slice = 0; slice < example.Channels; slice++)
            {
                int shown = slice == missing ? (slice == 0 ? 1 : slice - 1) : slice;
                double value = ((example.Grey[(shown * labels.Length) + from] - 127.5) * factor) + 127.5 + shift;
                grey[(slice * labels.Length) + i] = (float)Math.Clamp(value + (noise * Triangular(random)), 0, 255);
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
