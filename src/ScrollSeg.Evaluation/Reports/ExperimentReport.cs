using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Evaluation.Experiments;
using ScrollSeg.Volumes.Images;
using static ScrollSeg.Evaluation.Reports.ReportNumbers;

namespace ScrollSeg.Evaluation.Reports;

/// <summary>The page of an experiment. Every figure comes from the records of its runs.</summary>
public static class ExperimentReport
{
    private const int LinesInCurves = 6;
    private const int RunsUnfolded = 12;

    /// <summary>Makes the page.</summary>
    /// <param name="summary">The results.</param>
    /// <param name="pictures">Places with their captions, the worst first.</param>
    /// <param name="command">What makes it again.</param>
    public static string Write(ExperimentSummary summary, IReadOnlyList<(string Caption, PixelImage Picture)> pictures, string command)
    {
        HtmlPage page = new(summary.Matrix.Name);
        if (summary.Matrix.Question.Length > 0)
        {
            page.Paragraph(summary.Matrix.Question);
        }

        WriteResults(page, summary);
        WriteDifferences(page, summary);
        string[] volumes = [.. summary.Lines.Select(line => line.Data).Distinct()];
        WriteCost(page, summary, volumes[0]);
        if (volumes.Length > 1)
        {
            page.Folded("By volume", folded => Array.ForEach(volumes[1..], data => WriteCost(folded, summary, data)));
        }

        WritePlan(page, summary);
        WriteCurves(page, summary);
        if (pictures.Count > 0)
        {
            page.Heading("Worst places first");
            page.Note("From left: the scan, the mask's outline (orange), the truth's (blue), and the errors: blue is missing, vermilion is too much. Rows are planes square to z, y and x through the same voxel.");
            foreach ((string caption, PixelImage picture) in pictures)
            {
                page.Picture(picture, caption);
            }
        }

        WriteRepeat(page, summary, command);
        return page.ToString();
    }

    private static void WriteResults(HtmlPage page, ExperimentSummary summary)
    {
        page.Heading("Results");
        int runs = summary.Results.Count;
        page.Paragraph(string.Create(
            CultureInfo.InvariantCulture,
            $"{runs} runs, ranked by {summary.RankBy}{(ExperimentSummary.IsError(summary.RankBy) ? " (less is better)" : "")}. Marked rows are the best trade-offs: no other one is both better and cheaper. A number behind ± is half of the 95 % confidence interval of the mean (Student's t) over {(summary.Matrix.Data.Count > 1 ? $"{summary.Matrix.Data.Count} volumes; by volume, over " : "")}{summary.Matrix.Seeds.Count} {(summary.Matrix.Seeds.Count == 1 ? "seed" : "seeds")}."));
        ExperimentLine[] ranked = Ranked(summary);
        int shown = summary.Matrix.Data.Count > 1 ? ranked.Count(line => line.Data == ExperimentSummary.AllVolumes) : ranked.Length;
        WriteLines(page, summary, [.. ranked.Where(line => shown == ranked.Length || line.Data == ExperimentSummary.AllVolumes)]);
        if (shown < ranked.Length)
        {
            page.Folded("Results by volume", folded => WriteLines(folded, summary, [.. ranked.Where(line => line.Data != ExperimentSummary.AllVolumes)]));
        }
    }

    private static void WriteLines(HtmlPage page, ExperimentSummary summary, ExperimentLine[] lines)
    {
        string[] metrics = [summary.RankBy, .. summary.Metrics.Where(metric => metric != summary.RankBy)];
        bool areSeveral = lines.DistinctBy(line => line.Data).Count() > 1;
        page.Table(
            ["no.", .. areSeveral ? (string[])["volume"] : [], .. summary.Matrix.Axes.Select(axis => axis.Name), "#threshold", .. metrics.Select(metric => $"#{metric}"), "#time", "#tiles"],
            lines.Select(line => ((IReadOnlyList<string>)
            [
                $"{NumberOf(summary, line)}{(summary.BestOf(line.Data).Contains(line) ? " ◆" : "")}",
                .. areSeveral ? (string[])[line.Data] : [],
                .. line.Results[0].Row.Values.Select(value => value.Value),
                line.Threshold.ToString("0.##", CultureInfo.InvariantCulture),
                .. metrics.Select(metric => Score(line.Scores[metric])),
                Seconds(line.Seconds?.Mean),
                Count(line.Tiles),
            ], summary.BestOf(line.Data).Contains(line))));
    }

    /// <summary>Of all volumes together where there are several, else of the one.</summary>
    private static void WriteDifferences(HtmlPage page, ExperimentSummary summary)
    {
        ExperimentLine[] lines = [.. Ranked(summary).Where(line => line.Data == summary.Lines[0].Data && line.Differences.Count > 0)];
        if (lines.Length == 0)
        {
            return;
        }

        page.Heading($"Differences from the first: {summary.Baseline}");
        page.Note("Each run is compared with that of the matrix's first combination on the same volume with the same seed, and the differences are averaged; ± is half of the 95 % confidence interval of their mean (Student's paired t). Where the interval holds 0, chance would do. Of twenty such intervals one is expected to miss." + LessIsBetter(summary.Metrics));
        string[] metrics = [summary.RankBy, .. summary.Metrics.Where(metric => metric != summary.RankBy)];
        page.Table(
            ["no.", .. summary.Matrix.Axes.Select(axis => axis.Name), "#threshold", .. metrics.Select(metric => $"#{metric}"), "#pairs"],
            lines.Select(line => ((IReadOnlyList<string>)
            [
                $"{NumberOf(summary, line)}",
                .. line.Results[0].Row.Values.Select(value => value.Value),
                line.Threshold.ToString("0.##", CultureInfo.InvariantCulture),
                .. metrics.Select(metric => Difference(line.Differences[metric])),
                Count(line.Differences[summary.RankBy]?.Count),
            ], false)));
    }

    private static string LessIsBetter(IEnumerable<string> metrics) =>
        metrics.Where(ExperimentSummary.IsError).ToArray() is { Length: > 0 } errors ? $" Less is better of {string.Join(", ", errors)}." : "";

    /// <summary>Its rank among the lines of its volume.</summary>
    private static int NumberOf(ExperimentSummary summary, ExperimentLine line) =>
        Array.IndexOf([.. Ranked(summary).Where(other => other.Data == line.Data)], line) + 1;

    private static ExperimentLine[] Ranked(ExperimentSummary summary) => [.. summary.Lines.OrderByDescending(summary.Goodness)];

    private static void WriteCost(HtmlPage page, ExperimentSummary summary, string data)
    {
        ExperimentLine[] ranked = Ranked(summary);
        (ExperimentLine Line, int Number)[] lines =
            [.. ranked.Where(line => line.Data == data && line.Scores[summary.RankBy] is not null && line.Seconds is not null).Select(line => (line, NumberOf(summary, line)))];
        if (lines.Length == 0)
        {
            return;
        }

        page.Heading($"Quality against cost: {data}");
        SvgChart chart = new(
            "seconds of segmentation",
            summary.RankBy,
            lines.Select(entry => entry.Line.Seconds!.Value.Mean),
            lines.SelectMany(entry => Ends(entry.Line.Scores[summary.RankBy]!.Value)));
        IReadOnlyList<ExperimentLine> best = summary.BestOf(data);
        chart.AddLine(best.Select(line => (line.Seconds!.Value.Mean, line.Scores[summary.RankBy]!.Value.Mean)), series: 1);
        foreach ((ExperimentLine line, int number) in lines)
        {
            MeanInterval score = line.Scores[summary.RankBy]!.Value;
            chart.AddPoint(line.Seconds!.Value.Mean, score.Mean, score.HalfWidth, $"{number}", best.Contains(line));
        }

        page.Chart(chart.ToSvg(), "Numbers are those of the table. Diamonds, joined by a line, are the best trade-offs; bars are 95 % confidence intervals.");
    }

    private static IEnumerable<double> Ends(MeanInterval interval) => [interval.Mean - (interval.HalfWidth ?? 0), interval.Mean + (interval.HalfWidth ?? 0)];

    private static void WritePlan(HtmlPage page, ExperimentSummary summary)
    {
        page.Heading("Plan against actual");
        page.Note("What the plan said before each run, and what the run's records say. The time of a run that was stopped and went on is that of its last part; memory is the process's, which runs one row after another.");
        if (summary.Results.Count > RunsUnfolded)
        {
            page.Folded($"All {summary.Results.Count} runs", folded => WritePlans(folded, summary));
        }
        else
        {
            WritePlans(page, summary);
        }
    }

    private static void WritePlans(HtmlPage page, ExperimentSummary summary) =>
        page.Table(
            ["run", "#time planned", "#time taken", "#tiles planned", "#tiles", "#chunks planned", "#chunks fetched", "#memory planned", "#memory at most"],
            summary.Results.Select(result => ((IReadOnlyList<string>)
            [
                result.Row.Title,
                Seconds(Planned(result, "seconds")), Seconds(result.Seconds),
                Count(Planned(result, "tiles")), Count(result.Tiles),
                Count(Planned(result, "chunkFetches")), Count((double?)result.Record["run"]?["inputChunksFetched"]),
                Bytes(Planned(result, "peakBytes")), Bytes((double?)result.Record["run"]?["peakBytes"]),
            ], false)));

    private static double? Planned(ExperimentResult result, string key) => (double?)result.Record["plan"]?[key];

    private static void WriteCurves(HtmlPage page, ExperimentSummary summary)
    {
        ExperimentLine[] lines = [.. Ranked(summary).Where(line => line.Data != ExperimentSummary.AllVolumes).DistinctBy(line => (line.Data, line.Combination))
            .Where(line => EntryOf(line)["curve"] is JsonArray).Take(LinesInCurves)];
        if (lines.Length == 0)
        {
            return;
        }

        page.Heading("Precision and recall");
        SvgChart curves = new("recall", "precision", [0, 1], [0, 1]);
        for (int i = 0; i < lines.Length; i++)
        {
            curves.AddLine(EntryOf(lines[i])["curve"]!.AsArray().Select(point => ((double)point![2]!, (double)point[1]!)), i);
        }

        page.Chart(
            curves.ToSvg([.. lines.Select(line => $"{line.Data}: {line.Combination}")]),
            $"As the threshold on the probability falls from left to right. The {lines.Length} best, first seed each.");

        page.Heading("What the probability says");
        JsonObject histogram = EntryOf(lines[0])["histogram"]!.AsObject();
        double[] inside = [.. histogram["foreground"]!.AsArray().Select(share => (double)share!)];
        double[] outside = [.. histogram["background"]!.AsArray().Select(share => (double)share!)];
        SvgChart bars = new("probability", "share of the voxels", [0, 1], [0, .. inside, .. outside]);
        bars.AddSteps(inside, 0);
        bars.AddSteps(outside, 1);
        page.Chart(bars.ToSvg("where the truth is foreground", "elsewhere"), $"Of the best run: {lines[0].Results[0].Row.Title}. The less the two overlap, the less the threshold matters.");
    }

    private static JsonObject EntryOf(ExperimentLine line) => line.Results[0].EntryAt(line.Threshold);

    private static void WriteRepeat(HtmlPage page, ExperimentSummary summary, string command)
    {
        page.Heading("Again");
        page.Command(command);
        page.Note("Or a single run of it:");
        foreach (ExperimentResult result in summary.Results)
        {
            string training = (string?)result.Record["training"] is string file ? $"scrollseg train --config {file}; " : "";
            page.Details(result.Row.Title, training + (string?)result.Record["command"]);
        }
    }
}
