using System.Globalization;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Images;
using static ScrollSeg.Evaluation.Reports.ReportNumbers;

namespace ScrollSeg.Evaluation.Reports;

/// <summary>The page of one comparison: scores, curves, the worst places, and what the run behind it took.</summary>
public static class ScoreReport
{
    private const int Parts = 32;

    /// <summary>Makes the page.</summary>
    /// <param name="report">What was measured.</param>
    /// <param name="run">The run that made the prediction, and its names and values; <see langword="null"/> if it is not known.</param>
    /// <param name="pictures">Places with their captions, the worst first.</param>
    /// <param name="command">What makes it again.</param>
    public static string Write(
        MetricReport report,
        (SegmentReport Report, IReadOnlyList<(string Name, string Value)> Lines)? run,
        IReadOnlyList<(string Caption, PixelImage Picture)> pictures,
        string command)
    {
        HtmlPage page = new("A mask against its truth");
        page.Pairs([("prediction", report.Prediction), ("truth", report.Truth)]);
        page.Heading("Scores");
        bool hasAll = report.Scores.All(score => score.Reason is null);
        page.Table(
            ["metric", "#score", .. hasAll ? [] : (string[])["why it has none"]],
            report.Scores.Select(score => ((IReadOnlyList<string>)[score.Name, Score(score.Value), .. hasAll ? [] : (string[])[score.Reason ?? ""]], false)));
        OverlapCounts counts = report.Counts;
        page.Paragraph(string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.Counted:N0} voxels compared, {counts.Ignored:N0} left out as not known: {counts.TruePositives:N0} foreground in both, {counts.FalsePositives:N0} only in the prediction, {counts.FalseNegatives:N0} only in the truth."));
        foreach (string note in report.Notes)
        {
            page.Paragraph(note);
        }

        WriteCurves(page, report);
        if (pictures.Count > 0)
        {
            page.Heading("Worst places first");
            page.Note("From left: the scan, the mask's outline (orange), the truth's (blue), and the errors: blue is missing, vermilion is too much. Rows are planes square to z, y and x through the same voxel.");
            foreach ((string caption, PixelImage picture) in pictures)
            {
                page.Picture(picture, caption);
            }
        }

        if (run is { } made)
        {
            PlanAgainstActual.Write(page, made.Report);
            page.Heading("The run");
            page.Pairs(made.Lines);
        }

        page.Heading("Again");
        page.Command(command);
        return page.ToString();
    }

    private static void WriteCurves(HtmlPage page, MetricReport report)
    {
        if (report.Curve is not PrecisionCurve curve || curve.AveragePrecision is null)
        {
            return;
        }

        page.Heading("Precision and recall");
        SvgChart chart = new("recall", "precision", [0, 1], [0, 1]);
        chart.AddLine(curve.Points.Select(point => (point.Recall, point.Precision)), 0);
        page.Chart(chart.ToSvg(), "As the threshold on the prediction falls from left to right.");
        double[] inside = curve.Shares(Parts, isForeground: true);
        double[] outside = curve.Shares(Parts, isForeground: false);
        SvgChart bars = new("probability (level / 256)", "share of the voxels", [0, 1], [0, .. inside, .. outside]);
        bars.AddSteps(inside, 0);
        bars.AddSteps(outside, 1);
        page.Chart(bars.ToSvg("where the truth is foreground", "elsewhere"), "The less the two overlap, the less the threshold matters.");
    }
}
