using System.Globalization;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli;

/// <summary>What a person is told after a run.</summary>
internal static class SegmentSummary
{
    public static string Of(SegmentReport report) => Table(LinesOf(report));

    public static IReadOnlyList<(string Name, string Value)> LinesOf(SegmentReport report)
    {
        double voxels = report.Shape.VoxelCount;
        return
        [
            ("output", report.Output),
            ("run", report.RunFolder),
            ("model", report.Model),
            ("voxels (z, y, x)", report.Shape.ToString()),
            ("foreground", Number($"{100 * report.ForegroundVoxels / voxels:0.00} % of the voxels")),
            ("no data", Number($"{100 * report.ExcludedVoxels / voxels:0.00} % of the voxels, left as background")),
            ("slices", Number($"{report.Slices} segmented, {report.EmptySlices} left empty, {report.Tiles} tiles")),
            ("input chunks", Number($"{report.InputChunks.Fetched} fetched of {report.InputChunks.Present} there are")),
            ("written", ByteSize.Format(report.BytesWritten)),
            ("memory", $"{ByteSize.Format(report.PeakBytes.Actual)} at most, {ByteSize.Format(report.PeakBytes.Planned)} planned"),
            ("time", string.Join(", ", report.Timings.Select(t => Number($"{t.Stage} {t.Seconds:0.0} s")))),
        ];
    }

    /// <summary>Names and values in two columns.</summary>
    public static string Table(IReadOnlyList<(string Name, string Value)> lines)
    {
        int width = lines.Max(line => line.Name.Length);
        return string.Join(Environment.NewLine, lines.Select(line => $"{line.Name.PadRight(width)}  {line.Value}"));
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
