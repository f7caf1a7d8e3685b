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
    public TrainingExample Apply(TrainingExample example, Random random) => Draw(example.Channels, random).Apply(example, random);

    /// <summary>Chooses a change.</summary>
    private AugmentationChange Draw(int channels, Random random)
    {
        (bool flip, int quarters) = Turns ? (random.Next(2) == 1, random.Next(4)) : (false, 0);
        double factor = Math.Exp((2 * random.NextDouble() - 1) * Math.Log(Contrast));
        double shift = (2 * random.NextDouble() - 1) * Brightness;
        double noise = random.NextDouble() * Noise;
        int missing = channels > 1 && random.NextDouble() < SliceDropout ? random.Next(channels) : -1;
        return new AugmentationChange(flip, quarters, factor, shift, noise, missing);
    }
}
