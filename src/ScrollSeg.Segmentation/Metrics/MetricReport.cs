using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>What a comparison of two volumes gave.</summary>
/// <param name="Prediction">Path of the prediction.</param>
/// <param name="Truth">Path of the truth.</param>
/// <param name="Region">The part that was compared.</param>
/// <param name="Settings">What was measured.</param>
/// <param name="Counts">Voxels that agree and that do not.</param>
/// <param name="Scores">The metrics in the order in which they were asked for; some have several.</param>
/// <param name="Notes">What the reader of the scores should know, in sentences.</param>
public sealed record MetricReport(
    string Prediction,
    string Truth,
    Box3 Region,
    MetricSettings Settings,
    OverlapCounts Counts,
    IReadOnlyList<MetricScore> Scores,
    IReadOnlyList<string> Notes)
{
    /// <summary>How precision and recall change with the threshold, if average precision was asked for.</summary>
    public PrecisionCurve? Curve { get; init; }

    /// <summary>A score by name; <see langword="null"/> if it was not measured or has no value.</summary>
    public double? this[string name] => Scores.FirstOrDefault(score => score.Name == name)?.Value;
}
