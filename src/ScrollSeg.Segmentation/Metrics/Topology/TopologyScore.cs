namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>The topology term of the 2025-26 surface contest: F1 of matched features by dimension, weighted.</summary>
/// <remarks>A dimension without features in either mask does not count, and its weight goes to the others. Where only the prediction has some,
/// its F1 is 0.5 / (features + 0.5). No features at all: 1.</remarks>
public static class TopologyScore
{
    private static readonly double[] Weights = [0.34, 0.33, 0.33];

    /// <summary>The score of counts, which are sums over all octants of a volume.</summary>
    /// <param name="counts">Components, tunnels, cavities.</param>
    public static double Of(IReadOnlyList<BettiMatchingCounts> counts)
    {
        (double sum, double weights) = (0, 0);
        for (int dimension = 0; dimension < Weights.Length; dimension++)
        {
            BettiMatchingCounts count = counts[dimension];
            long features = count.Prediction + count.Truth;
            if (features > 0)
            {
                double f1 = count.Truth > 0 ? 2.0 * count.Matched / features : 0.5 / (features + 0.5);
                sum += Weights[dimension] * f1;
                weights += Weights[dimension];
            }
        }

        return weights > 0 ? sum / weights : 1;
    }
}
