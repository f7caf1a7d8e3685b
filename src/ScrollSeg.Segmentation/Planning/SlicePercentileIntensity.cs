using System.Globalization;
using ScrollSeg.Segmentation.Statistics;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>Two percentiles of each slice on its own: evens out scans whose brightness drifts, and takes from slices the contrast
/// that they have to each other.</summary>
public sealed record SlicePercentileIntensity : IntensityRule
{
    private readonly PercentileIntensity _percentiles = new();

    /// <summary>Share of a slice's voxels in per cent that turn black. Default as for the whole volume.</summary>
    public double Low
    {
        get => _percentiles.Low;
        init => _percentiles = _percentiles with { Low = value };
    }

    /// <summary>Share of a slice's voxels in per cent that are at most white. Default as for the whole volume.</summary>
    public double High
    {
        get => _percentiles.High;
        init => _percentiles = _percentiles with { High = value };
    }

    /// <inheritdoc/>
    public override (double Low, double High)? SlicePercentiles => (Low, High);

    /// <inheritdoc/>
    public override IntensityRange RangeFor(VolumeStatistics statistics) => _percentiles.RangeFor(statistics);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<int, IntensityRange> RangesOf(VolumeStatistics statistics) => statistics.Slices.ToDictionary(
        slice => slice.Key, slice => PercentileIntensity.Between(slice.Value.Low, slice.Value.High, statistics.Histogram.Step));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"slice-percentiles:{Low},{High}");
}
