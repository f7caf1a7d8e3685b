namespace ScrollSeg.Segmentation.Statistics;

/// <summary>What was counted in a part of a volume.</summary>
/// <param name="Histogram">Counts of the grey values; the bins are those of the whole volume.</param>
/// <param name="AbsentVoxels">Voxels in chunks that the store does not have.</param>
/// <param name="NaNVoxels">Voxels that are not a number.</param>
/// <param name="DamagedVoxels">Voxels in chunks that cannot be read.</param>
internal sealed record PartialStatistics(VolumeHistogram Histogram, long AbsentVoxels, long NaNVoxels, long DamagedVoxels)
{
    /// <summary>This part and another one together.</summary>
    public PartialStatistics Plus(PartialStatistics other)
    {
        long[] counts = [.. Histogram.Counts];
        for (int bin = 0; bin < counts.Length; bin++)
        {
            counts[bin] += other.Histogram.Counts[bin];
        }

        return new PartialStatistics(
            Histogram with { Counts = counts }, AbsentVoxels + other.AbsentVoxels, NaNVoxels + other.NaNVoxels, DamagedVoxels + other.DamagedVoxels);
    }
}
