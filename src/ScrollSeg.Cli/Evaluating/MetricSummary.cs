using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Evaluating;

/// <summary>What a comparison gave, for people and for programs.</summary>
internal static class MetricSummary
{
    public static string ToText(MetricReport report) => SegmentSummary.Table(
    [
        .. report.Scores.Select(score => (score.Name, score.Value is double value ? Number(value) : $"undefined: {score.Reason}")),
        ("voxels", Text($"{report.Counts.Counted:N0} compared, {report.Counts.Ignored:N0} ignored")),
        ("foreground", Text($"{report.Counts.TruePositives:N0} in both, {report.Counts.FalsePositives:N0} predicted only, {report.Counts.FalseNegatives:N0} in the truth only")),
    ]);

    public static JsonObject ToJson(MetricReport report) => new()
    {
        ["prediction"] = report.Prediction,
        ["truth"] = report.Truth,
        ["region"] = new JsonObject
        {
            ["start"] = new JsonArray(report.Region.Start.Z, report.Region.Start.Y, report.Region.Start.X),
            ["shape"] = new JsonArray(report.Region.Shape.Z, report.Region.Shape.Y, report.Region.Shape.X),
        },
        ["settings"] = SettingsOf(report.Settings),
        ["scores"] = new JsonObject(report.Scores.Select(score => KeyValuePair.Create<string, JsonNode?>(score.Name, score.Value))),
        ["undefined"] = new JsonObject(report.Scores.Where(score => score.Reason is not null)
            .Select(score => KeyValuePair.Create<string, JsonNode?>(score.Name, score.Reason))),
        ["voxels"] = new JsonObject
        {
            ["counted"] = report.Counts.Counted,
            ["ignored"] = report.Counts.Ignored,
            ["truePositives"] = report.Counts.TruePositives,
            ["falsePositives"] = report.Counts.FalsePositives,
            ["falseNegatives"] = report.Counts.FalseNegatives,
            ["trueNegatives"] = report.Counts.TrueNegatives,
        },
        ["notes"] = new JsonArray([.. report.Notes.Select(note => JsonValue.Create(note))]),
    };

    private static JsonObject SettingsOf(MetricSettings settings) => new()
    {
        ["ignore"] = settings.Ignore,
        ["threshold"] = settings.Threshold,
        ["tolerance"] = settings.Tolerance,
        ["spacing"] = Array(settings.Spacing),
        ["objects"] = settings.Objects.ToString().ToLowerInvariant(),
    };

    private static JsonArray Array(VoxelSize size) => [size.Z, size.Y, size.X];

    private static string Number(double value) => value.ToString(value == Math.Round(value) ? "0" : "0.0000", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
