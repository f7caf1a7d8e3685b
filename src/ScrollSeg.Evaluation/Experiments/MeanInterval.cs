namespace ScrollSeg.Evaluation.Experiments;

/// <summary>Mean of repeated measurements, and where the true mean lies with 95 % confidence (Student's t).</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="HalfWidth">Half of the interval around it; <see langword="null"/> for a single one, which says nothing about others.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct MeanInterval(double Mean, double? HalfWidth, int Count)
{
    /// <summary>97.5 % quantiles of Student's t for 1 to 30 degrees of freedom; beyond, the normal distribution's.</summary>
    private static readonly double[] Quantiles =
    [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314,
        2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
    ];

    /// <summary>Of some values; <see langword="null"/> if there are none.</summary>
    public static MeanInterval? Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        double mean = values.Average();
        if (values.Count == 1)
        {
            return new(mean, null, 1);
        }

        double deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
        double quantile = values.Count - 2 < Quantiles.Length ? Quantiles[values.Count - 2] : 1.96;
        return new(mean, quantile * deviation / Math.Sqrt(values.Count), values.Count);
    }
}
