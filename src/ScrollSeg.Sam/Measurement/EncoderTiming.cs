namespace ScrollSeg.Sam.Measurement;

/// <summary>How fast the encoder is in one number format and batch, beside the machine's own matrix product.</summary>
/// <param name="Precision"><c>f32</c> or <c>bf16</c>.</param>
/// <param name="Batch">Images in one pass.</param>
/// <param name="Seconds">Seconds of each pass.</param>
/// <param name="OperationsPerImage">Floating-point operations that the architecture needs for an image.</param>
/// <param name="ProductRate">Operations per second of a large matrix product in the same number format, the median of those
/// done between the passes.</param>
/// <param name="Parts">Where the time of one pass goes, largest first; in seconds, measured in further passes.</param>
public sealed record EncoderTiming(
    string Precision,
    int Batch,
    IReadOnlyList<double> Seconds,
    double OperationsPerImage,
    double ProductRate,
    IReadOnlyList<(string Part, double Seconds)> Parts)
{
    /// <summary>The median pass.</summary>
    public double MedianSeconds => Median(Seconds);

    /// <summary>Images per second, from the median pass.</summary>
    public double ImagesPerSecond => Batch / MedianSeconds;

    /// <summary>Floating-point operations per second.</summary>
    public double Rate => OperationsPerImage * ImagesPerSecond;

    /// <summary>Share of the machine's matrix product's rate: what compares between machines and between days.</summary>
    public double Share => Rate / ProductRate;

    /// <summary>Of an even number the upper one.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
