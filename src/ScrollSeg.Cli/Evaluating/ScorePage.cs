using System.Globalization;
using System.Text;
using ScrollSeg.Cli.Training;
using ScrollSeg.Evaluation.Reports;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Evaluating;

/// <summary>What <c>evaluate --report</c> gathers for its page.</summary>
internal static class ScorePage
{
    private const int Places = 4;

    public static async Task WriteAsync(
        string path, MetricReport report, VolumeReader prediction, VolumeReader truth, string? scan, string command, CancellationToken ct)
    {
        List<(string, PixelImage)> pictures = [];
        if (scan is not null)
        {
            await using VolumeReader volume = await TrainingFiles.OpenAsync(scan, ct);
            pictures = await DrawAsync(report, prediction, truth, volume, ct);
        }

        string page = ScoreReport.Write(report, RunOf(prediction.Info.Path), pictures, command);
        new AtomicFile(FileOperations.System).Write(Path.GetFullPath(path), Encoding.UTF8.GetBytes(page));
    }

    private static async Task<List<(string, PixelImage)>> DrawAsync(
        MetricReport report, VolumeReader prediction, VolumeReader truth, VolumeReader scan, CancellationToken ct)
    {
        bool isFlat = prediction.Info.Shape.Z == 1;
        Shape3 expected = isFlat ? scan.Info.Shape with { Z = 1 } : scan.Info.Shape;
        if (prediction.Info.Shape != expected)
        {
            throw new UsageException($"--scan {scan.Info.Path} is {scan.Info.Shape}, and the prediction {prediction.Info.Shape}: pictures need the volume that it was made from, whole.");
        }

        IntensityRange range = await RangeOfAsync(scan, ct);
        List<(string, PixelImage)> pictures = [];
        foreach (ErrorPlace place in await WorstPlaces.FindAsync(prediction, truth, report.Settings, Places, ct))
        {
            (int z, int y, int x) = place.Centre;
            pictures.Add((
                string.Create(CultureInfo.InvariantCulture, $"z {z}, y {y}, x {x}: {place.Missing:N0} voxels missing and {place.Surplus:N0} too many in {place.Box}."),
                await ErrorPanel.DrawAsync(scan, range, (isFlat ? scan.Info.Shape.Z / 2 : 0, 0, 0), prediction, truth, report.Settings, place.Centre, ct)));
        }

        return pictures;
    }

    /// <summary>Half a percent of the voxels is black, and half a percent white.</summary>
    private static async Task<IntensityRange> RangeOfAsync(VolumeReader scan, CancellationToken ct)
    {
        VolumeStatistics statistics = await new StatisticsStage(scan, scan.Info.Bounds, new StatisticsOptions { AffordableBytes = 64L << 20 }).RunAsync(null, ct);
        return new IntensityRange(statistics.SupportHistogram.Quantile(0.005), statistics.SupportHistogram.Quantile(0.995));
    }

    /// <summary>The records of the run that lies beside the store, if one does.</summary>
    private static (SegmentReport, IReadOnlyList<(string, string)>)? RunOf(string prediction)
    {
        int end = prediction.IndexOf(".zarr", StringComparison.Ordinal);
        string run = end < 0 ? "" : SegmentRequest.RunPathOf(prediction[..(end + 5)], null);
        if (run.Length == 0 || RunFolder.TryOpen(run, new AtomicFile(FileOperations.System)) is not RunFolder folder || folder.Manifest.LinksInput)
        {
            return null;
        }

        SegmentReport report = SegmentReport.Of(folder);
        return (report, SegmentSummary.LinesOf(report));
    }
}
