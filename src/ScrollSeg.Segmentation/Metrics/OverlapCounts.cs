namespace ScrollSeg.Segmentation.Metrics;

/// <summary>
/// Counts how a predicted mask and the truth overlap, voxel by voxel, over as many pieces as there are. Any value but 0
/// is foreground. Not thread-safe: one per thread, then <see cref="Add(OverlapCounts)"/>.
/// </summary>
/// <remarks>A score whose denominator is 0 is <see langword="null"/>, and <see cref="Undefined"/> says why: no truth is
/// not the same as no agreement.</remarks>
public sealed class OverlapCounts
{
    /// <summary>Foreground in both.</summary>
    public long TruePositives { get; private set; }

    /// <summary>Foreground in the prediction only.</summary>
    public long FalsePositives { get; private set; }

    /// <summary>Foreground in the truth only.</summary>
    public long FalseNegatives { get; private set; }

    /// <summary>Background in both.</summary>
    public long TrueNegatives { get; private set; }

    /// <summary>Voxels left out because the truth says so.</summary>
    public long Ignored { get; private set; }

    /// <summary>Voxels counted, without those ignored.</summary>
    public long Counted => TruePositives + FalsePositives + FalseNegatives + TrueNegatives;

    /// <summary>2 TP / (2 TP + FP + FN).</summary>
    public double? Dice => FBeta(1);

    /// <summary>TP / (TP + FP + FN), the Jaccard index.</summary>
    public double? IntersectionOverUnion => Ratio(TruePositives, TruePositives + FalsePositives + FalseNegatives);

    /// <summary>TP / (TP + FP).</summary>
    public double? Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>TP / (TP + FN).</summary>
    public double? Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>The scores that have no value here, and why.</summary>
    public IReadOnlyList<(string Score, string Reason)> Undefined
    {
        get
        {
            List<(string, string)> undefined = [];
            if (Counted == 0)
            {
                undefined.Add(("all", "no voxel was counted"));
            }
            else
            {
                AddIf(undefined, Precision is null, "precision", "the prediction has no foreground");
                AddIf(undefined, Recall is null, "recall", "the truth has no foreground");
                AddIf(undefined, Dice is null, "dice, iou, f-beta", "neither prediction nor truth has foreground");
            }

            return undefined;
        }
    }

    /// <summary>Weighted mean of precision and recall: (1 + b²) TP / ((1 + b²) TP + b² FN + FP). Below 1 precision counts
    /// more; the ink-detection contest scores 0.5.</summary>
    /// <param name="beta">Above 0.</param>
    public double? FBeta(double beta)
    {
        if (!(beta > 0) || !double.IsFinite(beta))
        {
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "Must be above 0.");
        }

        double square = beta * beta;
        double hits = (1 + square) * TruePositives;
        return Ratio(hits, hits + (square * FalseNegatives) + FalsePositives);
    }

    /// <summary>Counts a piece.</summary>
    /// <param name="prediction">The mask; 0 is background.</param>
    /// <param name="truth">The truth of the same voxels; 0 is background.</param>
    /// <param name="ignore">Value of the truth that marks voxels to leave out. Default none.</param>
    /// <exception cref="ArgumentException">The pieces differ in length.</exception>
    public void Add(ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> truth, byte? ignore = null)
    {
        if (prediction.Length != truth.Length)
        {
            throw new ArgumentException(
                $"The prediction has {prediction.Length} voxels, the truth {truth.Length}.", nameof(truth));
        }

        int skip = ignore ?? -1;
        Span<long> cells = stackalloc long[8];
        for (int i = 0; i < truth.Length; i++)
        {
            int cell = (prediction[i] != 0 ? 1 : 0) + (truth[i] != 0 ? 2 : 0) + (truth[i] == skip ? 4 : 0);
            cells[cell]++;
        }

        TrueNegatives += cells[0];
        FalsePositives += cells[1];
        FalseNegatives += cells[2];
        TruePositives += cells[3];
        Ignored += cells[4] + cells[5] + cells[6] + cells[7];
    }

    /// <summary>Adds the counts of other pieces.</summary>
    public void Add(OverlapCounts other)
    {
        TruePositives += other.TruePositives;
        FalsePositives += other.FalsePositives;
        FalseNegatives += other.FalseNegatives;
        TrueNegatives += other.TrueNegatives;
        Ignored += other.Ignored;
    }

    private static double? Ratio(double part, double whole) => whole > 0 ? part / whole : null;

    private static void AddIf(List<(string, string)> undefined, bool condition, string score, string reason)
    {
        if (condition)
        {
            undefined.Add((score, reason));
        }
    }
}
