using System.CommandLine;
using System.Globalization;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Evaluation.Experiments;

namespace ScrollSeg.Cli.Evaluating;

/// <summary><c>experiment MATRIX.yaml -o DIR</c>: every combination of what is varied, scored on the same volumes.</summary>
internal static class ExperimentCommand
{
    private static readonly Argument<string> Matrix = new("MATRIX") { Description = "A YAML file; data-manifests/experiments has some to copy." };
    private static readonly Option<string> Output = new("--output", "-o") { Description = "The folder to make, or to go on in.", Required = true };
    private static readonly Option<bool> List = new("--list") { Description = "Only list the rows; nothing is checked or run." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the results as JSON." };

    public static Command Create(HostEnvironment host)
    {
        Command command = new("experiment", "Runs every combination of strategies, adapters, models and thresholds; the same command again goes on.")
        {
            Matrix, Output, List, Json,
        };
        command.SetAction((parsed, ct) => RunAsync(parsed, host, ct));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, HostEnvironment host, CancellationToken ct)
    {
        ExperimentMatrix matrix = MatrixFile.Read(parsed.GetRequiredValue(Matrix));
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(List))
        {
            foreach (ExperimentRow row in matrix.Rows())
            {
                output.WriteLine($"{row.Id}  {row.Title}");
            }

            return ExitCode.Done;
        }

        string folder = parsed.GetRequiredValue(Output);
        string command = $"scrollseg experiment {Path.GetFileName(parsed.GetRequiredValue(Matrix))} -o {folder}";
        return await RunAsync(matrix, folder, command, parsed.GetValue(Json), parsed, host, ct);
    }

    /// <summary>Runs a matrix and prints what came of it.</summary>
    public static async Task<int> RunAsync(
        ExperimentMatrix matrix, string folder, string command, bool asJson, ParseResult parsed, HostEnvironment host, CancellationToken ct)
    {
        ExperimentSummary summary = await ProgressDisplay.RunAsync(parsed.InvocationConfiguration.Error, async progress =>
        {
            ExperimentHost program = new(host, progress);
            ExperimentRun run = new(matrix, folder, program, progress);
            ExperimentSummary done = await run.RunAsync(ct);
            await run.WriteReportAsync(done, command, ct);
            return done;
        });
        parsed.InvocationConfiguration.Output.WriteLine(asJson ? summary.ToJson().ToJsonString() : ToText(summary, folder));
        return ExitCode.Done;
    }

    private static string ToText(ExperimentSummary summary, string folder)
    {
        List<(string, string)> lines = [("row", $"{summary.RankBy}   seconds")];
        foreach (ExperimentLine line in summary.Lines.OrderByDescending(summary.Goodness))
        {
            string mark = summary.BestOf(line.Data).Contains(line) ? "  best trade-off" : "";
            lines.Add((
                string.Create(CultureInfo.InvariantCulture, $"{line.Data}: {line.Combination}, at {line.Threshold}"),
                $"{Format(line.Scores[summary.RankBy])}   {line.Seconds?.Mean.ToString("0.0", CultureInfo.InvariantCulture)}{mark}"));
        }

        return SegmentSummary.Table([.. lines, ("page to open", Path.GetFullPath(Path.Combine(folder, "report.html")))]);
    }

    private static string Format(MeanInterval? score) => score is not MeanInterval value ? "undefined"
        : value.HalfWidth is double half ? string.Create(CultureInfo.InvariantCulture, $"{value.Mean:0.0000} ± {half:0.0000}")
        : value.Mean.ToString("0.0000", CultureInfo.InvariantCulture);
}
