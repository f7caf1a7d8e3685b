namespace ScrollSeg.Segmentation.Stitching;

/// <summary>How probabilities are stored, and how a mask is taken from what was stored.</summary>
public static class Probability
{
    /// <summary>A probability as a grey level: floor(255 p + 0.5), in double.</summary>
    public static byte ToByte(double probability) => (byte)Math.Floor((255 * probability) + 0.5);

    /// <summary>The smallest stored grey level that counts as foreground at a threshold.</summary>
    /// <param name="threshold">Probability from which on a voxel is foreground, 0 to 1.</param>
    public static int FirstForegroundLevel(double threshold) => (int)Math.Ceiling(255 * threshold);
}
