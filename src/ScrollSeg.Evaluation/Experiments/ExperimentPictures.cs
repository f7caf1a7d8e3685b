using System.Globalization;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>Pictures of the places where the best run of a volume is worst, in that run and at the same places in others.</summary>
/// <param name="host">Opens volumes.</param>
/// <param name="folder">Where the runs lie.</param>
/// <param name="summary">The results.</param>
/// <param name="settingsOf">How a run is compared at a threshold.</param>
internal sealed class ExperimentPictures(
    IExperimentHost host, ExperimentFolder folder, ExperimentSummary summary, Func<ExperimentRow, double, VolumeInfo, MetricSettings> settingsOf)
{
    private const int Places = 3;
    private const int OtherRuns = 2;

    /// <summary>Draws them: place by place, the worst first.</summary>
    public async Task<IReadOnlyList<(string Caption, PixelImage Picture)>> DrawAsync(CancellationToken cancellationToken)
    {
        List<(string, PixelImage)> pictures = [];
        foreach (string data in summary.Matrix.Data.Select(data => data.Name))
        {
            ExperimentLine[] ranked = [.. summary.Lines.Where(line => line.Data == data).OrderByDescending(summary.Goodness).DistinctBy(line => line.Combination)];
            if (ranked.Length == 0)
            {
                continue;
            }

            ExperimentLine[] shown = [ranked[0], .. ranked[1..].Where((_, i) => i == 0 || i == ranked.Length - 2).Take(OtherRuns)];
            foreach (ErrorPlace place in await FindAsync(ranked[0], cancellationToken))
            {
                foreach (ExperimentLine line in shown)
                {
                    pictures.Add((CaptionOf(line, place, line == ranked[0]), await DrawAsync(line, place, cancellationToken)));
                }
            }
        }

        return pictures;
    }

    private async Task<IReadOnlyList<ErrorPlace>> FindAsync(ExperimentLine line, CancellationToken cancellationToken)
    {
        ExperimentRow row = line.Results[0].Row;
        await using VolumeReader probability = await host.OpenAsync(folder.OutputOf(row), cancellationToken);
        await using VolumeReader truth = await host.OpenAsync(row.Data.Truth, cancellationToken);
        return await WorstPlaces.FindAsync(probability, truth, settingsOf(row, line.Threshold, truth.Info), Places, cancellationToken);
    }

    private async Task<PixelImage> DrawAsync(ExperimentLine line, ErrorPlace place, CancellationToken cancellationToken)
    {
        ExperimentResult result = line.Results[0];
        ExperimentRow row = result.Row;
        await using VolumeReader scan = await host.OpenAsync(row.Data.Volume, cancellationToken);
        await using VolumeReader probability = await host.OpenAsync(folder.OutputOf(row), cancellationToken);
        await using VolumeReader truth = await host.OpenAsync(row.Data.Truth, cancellationToken);
        Box3 region = row.Data.Region is string text ? host.RegionOf(text, scan.Info) : scan.Info.Bounds;
        bool isFlat = probability.Info.Shape.Z == 1;
        (int Z, int Y, int X) offset = region.Start with { Z = isFlat ? region.Start.Z + (region.Shape.Z / 2) : region.Start.Z };
        IntensityRange range = new((double)result.Record["intensity"]![0]!, (double)result.Record["intensity"]![1]!);
        return await ErrorPanel.DrawAsync(
            scan, range, offset, probability, truth, settingsOf(row, line.Threshold, truth.Info), place.Centre, cancellationToken);
    }

    private static string CaptionOf(ExperimentLine line, ErrorPlace place, bool isBest)
    {
        (int z, int y, int x) = place.Centre;
        string errors = isBest ? string.Create(CultureInfo.InvariantCulture, $": {place.Missing:N0} voxels missing and {place.Surplus:N0} too many in {place.Box}") : " at the same place";
        return string.Create(CultureInfo.InvariantCulture, $"{line.Data}, z {z}, y {y}, x {x}. {line.Combination}, threshold {line.Threshold}{errors}.");
    }
}
