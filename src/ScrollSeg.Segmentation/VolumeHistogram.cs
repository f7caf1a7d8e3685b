namespace ScrollSeg.Segmentation;

/// <summary>
/// Counts of a volume's grey values in equal bins: one bin per value for 8- and 16-bit integers, 65,536 bins between
/// the extremes for other types.
/// </summary>
/// <param name="First">Grey value at the centre of the first bin.</param>
/// <param name="Step">Grey values per bin.</param>
/// <param name="Counts">Voxels in each bin.</param>
public sealed record VolumeHistogram(double First, double Step, long[] Counts)
{
    /// <summary>Voxels counted.</summary>
    public long Total => Counts.Sum();

    /// <summary>Grey value at the centre of a bin.</summary>
    public double ValueOf(int bin) => First + (bin * Step);

    /// <summary>The smallest binned grey value with at least this share of the voxels at or below it.</summary>
    /// <param name="share">0 to 1.</param>
    public double Quantile(double share)
    {
        double wanted = share * Total;
        long seen = 0;
        for (int bin = 0; bin < Counts.Length; bin++)
        {
            seen += Counts[bin];
            if (seen > 0 && seen >= wanted)
            {
                return ValueOf(bin);
            }
        }

        return ValueOf(Counts.Length - 1);
    }
}
