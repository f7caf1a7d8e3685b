using System.Globalization;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>The metrics by name.</summary>
public static class MetricNames
{
    /// <summary>Each metric and what it says, in the order in which they are listed.</summary>
    public static IReadOnlyList<(string Name, string What)> All { get; } =
    [
        ("dice", "2 TP / (2 TP + FP + FN)"),
        ("iou", "TP / (TP + FP + FN)"),
        ("precision", "TP / (TP + FP)"),
        ("recall", "TP / (TP + FN)"),
        ("f0.5", "F-beta, any number behind the f; the ink contest takes 0.5"),
        ("average-precision", "mean precision over the recall gained at each of the prediction's values"),
        ("boundary-f1", "boundary voxels within the tolerance of the other's"),
        ("surface-dice", "surface within the tolerance of the other's, by area"),
        ("hausdorff95", "distance that 95 % of the surface lies within"),
        ("voi", "variation of information of objects, in bits, over the union of foregrounds"),
        ("rand", "adapted Rand error of objects"),
        ("sa", "accuracy of instances at IoU 0.5, 0.75, and the mean of 0.5 to 0.95"),
        ("betti", "components, tunnels and cavities of each mask, touching by corners"),
        ("betti-matching", "components, tunnels and cavities that both masks have at the same place"),
        ("topo", "F1 of matched features over eight octants, as the surface contest has it"),
        ("surface-score", "0.30 topo + 0.35 surface Dice at 2 + 0.35 of 1 / (1 + 0.3 voi)"),
    ];

    /// <summary>Those that take seconds to minutes on a large volume.</summary>
    public static IReadOnlyList<string> Default { get; } =
        ["dice", "iou", "precision", "recall", "f0.5", "surface-dice", "hausdorff95", "voi"];

    /// <summary>The beta of an F-beta; <see langword="null"/> for other names.</summary>
    public static double? BetaOf(string name) =>
        name.StartsWith('f') && double.TryParse(name.AsSpan(1), NumberStyles.Float, CultureInfo.InvariantCulture, out double beta) &&
        beta > 0 && double.IsFinite(beta) ? beta : null;

    /// <summary>Refuses names that are none.</summary>
    /// <exception cref="ArgumentException">A name is not known, or there is none.</exception>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (BetaOf(name) is null && !All.Any(metric => metric.Name == name))
            {
                throw new ArgumentException($"'{name}' is no metric: expected some of {string.Join(", ", All.Select(metric => metric.Name))}.");
            }
        }

        return names.Count > 0 ? [.. names.Distinct()] : throw new ArgumentException("No metric is named.");
    }
}
