namespace ScrollSeg.Segmentation.Metrics;

/// <summary>What a metric gave.</summary>
/// <param name="Name">Its name, as asked for or with what it consists of, for example <c>voi-split</c>.</param>
/// <param name="Value">The score; <see langword="null"/> where it has none.</param>
/// <param name="Reason">Why it has none; <see langword="null"/> where it has one.</param>
public sealed record MetricScore(string Name, double? Value, string? Reason = null)
{
    /// <summary>A score, or why there is none.</summary>
    public static MetricScore Of(string name, double? value, string reasonIfNone) =>
        value is double number && double.IsFinite(number) ? new(name, number) : new(name, null, reasonIfNone);
}
