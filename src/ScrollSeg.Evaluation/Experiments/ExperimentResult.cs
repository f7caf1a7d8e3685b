using System.Text.Json.Nodes;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>What came of a row: its record, as stored.</summary>
/// <param name="Row">The row.</param>
/// <param name="Record">Command, plan, what the run took, and scores by threshold.</param>
public sealed record ExperimentResult(ExperimentRow Row, JsonObject Record)
{
    /// <summary>Seconds that segmenting took, all stages, summed over the processes that did it.</summary>
    public double? Seconds => (double?)Record["seconds"];

    /// <summary>Tiles that went through the model.</summary>
    public long Tiles => (long?)Record["run"]?["tiles"] ?? 0;

    /// <summary>Thresholds that were scored.</summary>
    public IEnumerable<double> Thresholds => Record["scores"]!.AsArray().Select(entry => (double)entry!["threshold"]!);

    /// <summary>A score.</summary>
    /// <returns><see langword="null"/> if it has no value.</returns>
    public double? ScoreOf(string metric, double threshold) => (double?)EntryAt(threshold)["metrics"]![metric];

    /// <summary>Names of the scores.</summary>
    public IEnumerable<string> Metrics => Record["scores"]![0]!["metrics"]!.AsObject().Select(metric => metric.Key);

    /// <summary>What is stored of a threshold.</summary>
    public JsonObject EntryAt(double threshold) =>
        Record["scores"]!.AsArray().Single(entry => (double)entry!["threshold"]! == threshold)!.AsObject();
}
