using System.CommandLine;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.RunVerbs;

/// <summary><c>scrollseg status --run DIR</c>: how far a run is, and what failed.</summary>
internal static class StatusCommand
{
    private static readonly Option<string> Run = RunOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    public static Command Create()
    {
        Command command = new("status", "Says how far a run is, which units are missing and which failed, and why.") { Run, Json };
        command.SetAction(Print);
        return command;
    }

    private static int Print(ParseResult args)
    {
        RunStatus status = RunOption.Ask(args.GetRequiredValue(Run)).GetStatus();
        args.InvocationConfiguration.Output.WriteLine(args.GetValue(Json) ? ToJson(status).ToJsonString() : ToText(status));
        return ExitCode.Done;
    }

    private static JsonObject ToJson(RunStatus status) => new()
    {
        ["output"] = status.Output,
        ["isComplete"] = status.IsComplete,
        ["done"] = status.Done,
        ["missing"] = status.MissingCount,
        ["firstMissing"] = new JsonArray([.. status.Missing.Select(unit => (JsonNode)unit)]),
        ["failed"] = new JsonArray([.. status.Failed.Select(failure => (JsonNode)new JsonObject
        {
            ["unit"] = failure.Unit,
            ["kind"] = failure.Kind.ToString(),
            ["problem"] = failure.Problem,
            ["attempts"] = failure.Attempts,
        })]),
        ["bytes"] = status.Bytes,
        ["combined"] = status.Combined?.Done,
        ["toCombine"] = status.Combined?.Total,
        ["linked"] = status.Linked?.Done,
        ["toLink"] = status.Linked?.Total,
    };

    private static string ToText(RunStatus status) => SegmentSummary.Table(
    [
        ("output", status.IsComplete ? status.Output : $"{status.Output} (not complete)"),
        ("units done", $"{status.Done} of {status.Done + status.MissingCount}"),
        .. status.Combined is (long combined, long toCombine) ? new[] { ("units combined", $"{combined} of {toCombine}") } : [],
        .. status.Linked is (long done, long total) ? new[] { ("units linked", $"{done} of {total}") } : [],
        ("written", ByteSize.Format(status.Bytes)),
        ("missing", status.MissingCount == 0 ? "none" : string.Join(", ", status.Missing) + (status.MissingCount > status.Missing.Count ? ", ..." : "")),
        ("failed", status.Failed.Count == 0 ? "none" : $"{status.Failed.Count}"),
        .. status.Failed.Select(failure => ("", $"{failure.Unit}, {failure.Attempts} times: {failure.Problem}")),
    ]);
}
