namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Features of one dimension: components (0), tunnels (1) or cavities (2).</summary>
/// <param name="Matched">Those of the prediction that the truth has at the same place.</param>
/// <param name="Prediction">All of the prediction, without the one component that every mask has.</param>
/// <param name="Truth">All of the truth, without that one.</param>
public readonly record struct BettiMatchingCounts(long Matched, long Prediction, long Truth)
{
    /// <summary>Those that only one of the two has.</summary>
    public long Errors => Prediction + Truth - (2 * Matched);

    /// <summary>Sums of two places.</summary>
    public static BettiMatchingCounts operator +(BettiMatchingCounts a, BettiMatchingCounts b) =>
        new(a.Matched + b.Matched, a.Prediction + b.Prediction, a.Truth + b.Truth);

    /// <summary>Sums of two places.</summary>
    public static BettiMatchingCounts Add(BettiMatchingCounts left, BettiMatchingCounts right) => left + right;
}
