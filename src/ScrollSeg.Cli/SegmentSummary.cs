using System.Globalization;
using System.Text.Json.Nodes;
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
            ("slices", Number($"{report.Slices} segmented, {report.EmptySlices} not asked about, {report.FilledSlices} filled, {report.Tiles} tiles")),
            ("written", ByteSize.Format(report.BytesWritten)),
            .. ObjectsOf(report),
            .. CostOf(report.Cost),
        ];
    }

    private static IEnumerable<(string Name, string Value)> ObjectsOf(SegmentReport report) =>
        report.Objects is null ? [] : [("objects", Number($"{report.Objects.Taken} of {report.Objects.Voxels} voxels"))];

    /// <summary>What the process took that completed the run.</summary>
    private static IEnumerable<(string Name, string Value)> CostOf(JsonObject cost)
    {
        if (cost.Count == 0)
        {
            yield break;
        }

        yield return ("input chunks", $"{cost["inputChunks"]} touched; {cost["inputChunksFetched"]} fetches, {cost["inputChunksAbsent"]} looked for and absent");
        yield return ("memory", $"{Bytes(cost["peakBytes"])} at most, {Bytes(cost["peakBytesPlanned"])} planned");
        IEnumerable<string> stages = cost["seconds"]!.AsObject().Select(stage => Number($"{stage.Key} {stage.Value!.GetValue<double>():0.0} s"));
        yield return ("time", string.Join(", ", stages));
    }

    private static string Bytes(JsonNode? bytes) => ByteSize.Format(bytes!.GetValue<long>());

    /// <summary>Names and values in two columns.</summary>
    public static string Table(IReadOnlyList<(string Name, string Value)> lines)
    {
        int width = lines.Max(line => line.Name.Length);
        return string.Join(Environment.NewLine, lines.Select(line => $"{line.Name.PadRight(width)}  {line.Value}"));
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
