namespace ScrollSeg.Segmentation.Baselines;

/// <summary>Otsu's threshold: the one that separates a histogram into the two classes whose means differ most
/// (N. Otsu, IEEE Trans. Systems, Man, and Cybernetics 9(1), 1979, equation 18).</summary>
public static class OtsuThreshold
{
    /// <summary>Finds the threshold.</summary>
    /// <returns>A grey value between two bins: below it the dark class, above it the bright one.</returns>
    /// <exception cref="ArgumentException">The histogram is empty.</exception>
    public static double Of(VolumeHistogram histogram)
    {
        long total = histogram.Total;
        if (total == 0)
        {
            throw new ArgumentException("A histogram without a voxel has no threshold.", nameof(histogram));
        }

        double sum = 0;
        for (int bin = 0; bin < histogram.Counts.Length; bin++)
        {
            sum += (double)bin * histogram.Counts[bin];
        }

        (double best, int first, int last) = (-1, 0, 0);
        long below = 0;
        double sumBelow = 0;
        for (int bin = 0; bin < histogram.Counts.Length - 1; bin++)
        {
            below += histogram.Counts[bin];
            sumBelow += (double)bin * histogram.Counts[bin];
            if (below == 0 || below == total)
            {
                continue;
            }

            double difference = (sumBelow / below) - ((sum - sumBelow) / (total - below));
            double variance = (double)below / total * ((double)(total - below) / total) * difference * difference;
            if (variance > best)
            {
                (best, first, last) = (variance, bin, bin);
            }
            else if (variance == best)
            {
                last = bin; // empty bins between the classes: the middle of the gap
            }
        }

        return histogram.ValueOf(0) + ((((first + last) / 2.0) + 0.5) * histogram.Step);
    }
}
