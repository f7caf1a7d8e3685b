namespace ScrollSeg.Segmentation.Metrics;

/// <summary>How precision and recall change with the threshold on a prediction: counts of its values, in truth and outside.</summary>
/// <remarks>Whole numbers up to 65535 are counted as they are, so the result is exact; others are put in 65536 steps of equal width.
/// </remarks>
public sealed class PrecisionCurve
{
    private readonly long[] _foreground = new long[65536];
    private readonly long[] _background = new long[65536];

    /// <summary>Counts a voxel.</summary>
    /// <param name="level">The prediction's value as one of 65536 levels.</param>
    /// <param name="isForeground">What the truth says.</param>
    public void Add(ushort level, bool isForeground) => (isForeground ? _foreground : _background)[level]++;

    /// <summary>Sum over the thresholds, from the highest on, of the recall gained times the precision there (as scikit-learn's
    /// average_precision_score); <see langword="null"/> if the truth has no foreground.</summary>
    public double? AveragePrecision
    {
        get
        {
            long all = _foreground.Sum();
            if (all == 0)
            {
                return null;
            }

            (long hits, long taken, double sum) = (0, 0, 0);
            for (int level = 65535; level >= 0; level--)
            {
                hits += _foreground[level];
                taken += _foreground[level] + _background[level];
                sum += _foreground[level] == 0 ? 0 : (double)_foreground[level] / all * hits / taken;
            }

            return sum;
        }
    }

    /// <summary>How the voxels of the truth's foreground, or of its background, are spread over the levels 0..255: shares of equal parts.</summary>
    /// <param name="parts">How many parts.</param>
    /// <param name="isForeground">Which voxels.</param>
    public double[] Shares(int parts, bool isForeground)
    {
        long[] counts = isForeground ? _foreground : _background;
        double all = Math.Max(1, counts.Sum());
        double[] shares = new double[parts];
        for (int level = 0; level < counts.Length; level++)
        {
            shares[Math.Min(parts - 1, level * parts / 256)] += counts[level] / all;
        }

        return shares;
    }

    /// <summary>Precision and recall at every level that occurs, the highest first: what is at least so much is foreground.</summary>
    public IReadOnlyList<(int Level, double Precision, double Recall)> Points
    {
        get
        {
            long all = _foreground.Sum();
            (long hits, long taken) = (0, 0);
            List<(int, double, double)> points = [];
            for (int level = 65535; level >= 0; level--)
            {
                hits += _foreground[level];
                taken += _foreground[level] + _background[level];
                if (_foreground[level] + _background[level] > 0)
                {
                    points.Add((level, (double)hits / taken, all == 0 ? double.NaN : (double)hits / all));
                }
            }

            return points;
        }
    }
}
