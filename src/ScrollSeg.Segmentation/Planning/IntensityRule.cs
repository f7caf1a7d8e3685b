using System.Globalization;
using ScrollSeg.Segmentation.Statistics;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>How the grey values that a network sees as black and white are found: one pair for the whole volume, so that
/// slices and tiles keep their contrast to each other.</summary>
public abstract record IntensityRule
{
    /// <summary>Finds the range.</summary>
    public abstract IntensityRange RangeFor(VolumeStatistics statistics);

    /// <summary>The two percentiles of each slice that must be known, in per cent; <see langword="null"/> if none.</summary>
    public virtual (double Low, double High)? SlicePercentiles => null;

    /// <summary>Finds the ranges of single slices; <see langword="null"/> if all have the volume's.</summary>
    public virtual IReadOnlyDictionary<int, IntensityRange>? RangesOf(VolumeStatistics statistics) => null;
}

/// <summary>Two percentiles of the voxels inside the support.</summary>
public sealed record PercentileIntensity : IntensityRule
{
    /// <summary>Share of voxels in per cent that turn black. Default 0.5, as nnU-Net clips CT (Isensee et al., 2021).</summary>
    public double Low
    {
        get;
        init => field = value is >= 0 and < 100
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Low), value, "A percentile lies between 0 and 100.");
    } = 0.5;

    /// <summary>Share of voxels in per cent that are at most white. Default 99.5.</summary>
    public double High
    {
        get;
        init => field = value is > 0 and <= 100
            ? value
            : throw new ArgumentOutOfRangeException(nameof(High), value, "A percentile lies between 0 and 100.");
    } = 99.5;

    /// <inheritdoc/>
    public override IntensityRange RangeFor(VolumeStatistics statistics)
    {
        VolumeHistogram histogram = statistics.SupportHistogram;
        if (histogram.Total == 0)
        {
            return new IntensityRange(0, 1); // a volume without a single measured voxel: anything maps to black
        }

        return Between(histogram.Quantile(Low / 100), histogram.Quantile(High / 100), histogram.Step);
    }

    /// <summary>A range that is never empty.</summary>
    internal static IntensityRange Between(double low, double high, double step)
    {
        if (!(high > low))
        {
            // one value, or nearly: in floats a single step may be too small to change it
            high = low + step > low ? low + step : low + Math.Max(1, Math.Abs(low));
        }

        return new IntensityRange(low, high);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"percentiles:{Low},{High}");
}

/// <summary>Two grey values given by the user.</summary>
public sealed record WindowIntensity : IntensityRule
{
    /// <summary>Creates the rule.</summary>
    /// <exception cref="ArgumentException">The window is empty.</exception>
    public WindowIntensity(double low, double high)
    {
        if (!(high > low))
        {
            throw new ArgumentException($"An intensity window ends above its start: {low}..{high} does not.");
        }

        (Low, High) = (low, high);
    }

    /// <summary>The grey value that turns black.</summary>
    public double Low { get; }

    /// <summary>The grey value that turns white.</summary>
    public double High { get; }

    /// <inheritdoc/>
    public override IntensityRange RangeFor(VolumeStatistics statistics) => new(Low, High);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"window:{Low},{High}");
}
