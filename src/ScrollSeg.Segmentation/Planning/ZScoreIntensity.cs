using System.Globalization;
using ScrollSeg.Segmentation.Statistics;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>So many standard deviations around the mean of the voxels inside the support: the mean becomes mid-grey.</summary>
public sealed record ZScoreIntensity : IntensityRule
{
    /// <summary>Standard deviations from mid-grey to black and to white. Default 3: of a normal distribution 0.3 % are clipped.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in 0.1..100.</exception>
    public double Deviations
    {
        get;
        init => field = value is >= 0.1 and <= 100
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Deviations), value, "0.1 to 100 standard deviations.");
    } = 3;

    /// <inheritdoc/>
    public override IntensityRange RangeFor(VolumeStatistics statistics)
    {
        VolumeHistogram histogram = statistics.SupportHistogram;
        double total = histogram.Total;
        if (total == 0)
        {
            return new IntensityRange(0, 1); // nothing measured: anything maps to black
        }

        (double mean, double square) = (0, 0);
        for (int bin = 0; bin < histogram.Counts.Length; bin++)
        {
            mean += histogram.ValueOf(bin) * (histogram.Counts[bin] / total);
        }

        for (int bin = 0; bin < histogram.Counts.Length; bin++)
        {
            square += Math.Pow(histogram.ValueOf(bin) - mean, 2) * (histogram.Counts[bin] / total);
        }

        double half = Deviations * Math.Sqrt(square);
        return PercentileIntensity.Between(mean - half, mean + half, histogram.Step);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"zscore:{Deviations}");
}
