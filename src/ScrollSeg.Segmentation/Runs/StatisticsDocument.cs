using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What <c>statistics.json</c> says: the figures, and the histogram's occupied bins.</summary>
internal sealed record StatisticsDocument
{
    public required string Type { get; init; }

    public required double SampledShare { get; init; }

    public required long AbsentVoxels { get; init; }

    public required long NaNVoxels { get; init; }

    public long DamagedVoxels { get; init; }

    public required double EmptyBorderShare { get; init; }

    public required double HistogramFirst { get; init; }

    public required double HistogramStep { get; init; }

    public required int HistogramBins { get; init; }

    /// <summary>Bin and count of each occupied bin.</summary>
    public required long[][] Histogram { get; init; }

    /// <summary>Figures of each slice that was measured: index, mean, spread, entropy, sharpness, support, low and high
    /// percentile.</summary>
    public double[][] Slices { get; init; } = [];

    public static StatisticsDocument Of(VolumeStatistics statistics) => new()
    {
        Type = statistics.Type.ToString(),
        SampledShare = statistics.SampledShare,
        AbsentVoxels = statistics.AbsentVoxels,
        NaNVoxels = statistics.NaNVoxels,
        DamagedVoxels = statistics.DamagedVoxels,
        EmptyBorderShare = statistics.EmptyBorderShare,
        HistogramFirst = statistics.Histogram.First,
        HistogramStep = statistics.Histogram.Step,
        HistogramBins = statistics.Histogram.Counts.Length,
        Histogram = [.. statistics.Histogram.Counts.Select((count, bin) => new[] { bin, count }).Where(pair => pair[1] > 0)],
        Slices =
        [
            .. statistics.Slices.OrderBy(slice => slice.Key).Select(slice => new[]
            {
                slice.Key, slice.Value.Mean, slice.Value.Spread, slice.Value.Entropy, slice.Value.Sharpness, slice.Value.Support,
                slice.Value.Low, slice.Value.High,
            }),
        ],
    };

    public VolumeStatistics ToStatistics()
    {
        long[] counts = new long[HistogramBins];
        foreach (long[] pair in Histogram)
        {
            counts[pair[0]] = pair[1];
        }

        return new VolumeStatistics
        {
            Histogram = new VolumeHistogram(HistogramFirst, HistogramStep, counts),
            Type = Enum.Parse<VoxelType>(Type),
            SampledShare = SampledShare,
            AbsentVoxels = AbsentVoxels,
            NaNVoxels = NaNVoxels,
            DamagedVoxels = DamagedVoxels,
            EmptyBorderShare = EmptyBorderShare,
            Slices = Slices.ToDictionary(
                row => (int)row[0], row => new SliceFigures(row[1], row[2], row[3], row[4], row[5]) { Low = row[6], High = row[7] }),
        };
    }
}
