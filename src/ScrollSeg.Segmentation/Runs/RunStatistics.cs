using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>The statistics of a run: of the whole region, and of single slices where something asks for them.</summary>
/// <param name="request">What is asked for.</param>
/// <param name="volume">The volume; stays the caller's.</param>
/// <param name="progress">Is told how far the stage has come.</param>
/// <param name="times">Takes the time.</param>
internal sealed class RunStatistics(SegmentRequest request, VolumeReader volume, IRunProgress progress, StageTimes times)
{
    private Box3 Region => request.Options.Region ?? volume.Info.Bounds;

    /// <summary>Where processes leave the parts that they counted for each other.</summary>
    public StatisticsParts PartsIn(string run, string fingerprint, AtomicFile files) =>
        new(run, KeyOf(fingerprint), (double)request.Shard.Index / request.Shard.Count, files);

    /// <summary>Bytes that the stage reads, decoded.</summary>
    public long Bytes => new StatisticsStage(volume, Region, request.Options.Statistics).Bytes;

    /// <summary>Gathers them.</summary>
    /// <param name="wanted">How much is read.</param>
    /// <param name="parts">Parts of other processes; <see langword="null"/> if there are none.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="InvalidRequestException">The region is not part of the volume.</exception>
    public async Task<VolumeStatistics> GatherAsync(StatisticsOptions wanted, StatisticsParts? parts, CancellationToken cancellationToken)
    {
        Box3 region = Region;
        if (region.IsEmpty || !volume.Info.Bounds.Contains(region))
        {
            throw new InvalidRequestException(
                $"The region {region} is not part of {volume.Info.Path}, which is {volume.Info.Shape} voxels (z, y, x).");
        }

        StatisticsOptions options = wanted with
        {
            // two blocks at once, and the reader's own scratch
            BlockBytes = Math.Min(wanted.BlockBytes, request.Options.MemoryBudget / 16),
        };
        StatisticsStage stage = new(volume, region, options) { Parts = parts, Drain = request.Drain };
        progress.Begin("statistics", stage.Voxels, "voxels");
        VolumeStatistics statistics = await times.TimeAsync("statistics", () => stage.RunAsync(new StageProgress(progress), cancellationToken));
        if (statistics.DamagedVoxels > 0)
        {
            progress.Note(FormattableString.Invariant(
                $"{statistics.DamagedVoxels:N0} voxels lie in damaged chunks; the statistics are of the others."));
        }

        if (statistics.SupportHistogram.Total == 0)
        {
            progress.Note("The volume holds no measured voxel: its output will be background.");
        }

        return statistics with { Slices = await MeasureSlicesAsync(region, statistics, options, cancellationToken) };
    }

    /// <summary>Figures of single slices, where a filter or the intensities ask for them.</summary>
    private async Task<IReadOnlyDictionary<int, SliceFigures>> MeasureSlicesAsync(
        Box3 region, VolumeStatistics statistics, StatisticsOptions options, CancellationToken cancellationToken)
    {
        SliceFrame frame = new(request.Options.Axes[0]); // several directions and figures of slices are refused together
        VolumeReader turned = TurnedVolume.Over(volume, frame);
        if (SliceFiguresStage.For(turned, frame.Turn(region), request.Options, statistics, options) is not SliceFiguresStage stage)
        {
            return statistics.Slices;
        }

        progress.Begin("slices", stage.Slices, "slices");
        return await times.TimeAsync("slices", () => stage.RunAsync(new StageProgress(progress), cancellationToken));
    }

    /// <summary>Tells the parts of these statistics from those of another input or other settings.</summary>
    private string KeyOf(string fingerprint)
    {
        StatisticsOptions options = request.Options.Statistics;
        string text = FormattableString.Invariant(
            $"{fingerprint} {Region} {options.Mode} {options.AffordableBytes} {options.Seed} {options.PartBytes}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }
}
