using System.Diagnostics;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>The whole way from a scan to a stitched mask: statistics, plan, segment, pyramid, finalize.</summary>
public sealed class SegmentRun
{
    private readonly SegmentRequest _request;
    private readonly VolumeReader _volume;
    private readonly IReadOnlyList<IModelSource> _models;
    private readonly IRunProgress _progress;
    private readonly List<(string Stage, double Seconds)> _timings = [];

    /// <summary>Prepares a run; nothing is read or written yet.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="volume">The opened volume; stays the caller's.</param>
    /// <param name="models">Where models come from; the first source that knows the name opens it.</param>
    /// <param name="progress">Is told how far the run has come.</param>
    public SegmentRun(SegmentRequest request, VolumeReader volume, IReadOnlyList<IModelSource> models, IRunProgress progress)
    {
        (_request, _volume, _models, _progress) = (request, volume, models, progress);
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="RunConflictException">The output exists.</exception>
    /// <exception cref="VolumeFormatException">The input is damaged.</exception>
    /// <exception cref="InvalidRequestException">The request contradicts the volume or the model.</exception>
    public async Task<SegmentReport> RunAsync(CancellationToken cancellationToken = default)
    {
        OutputPaths paths = OutputPaths.Of(_request, _volume.Info.Path);
        paths.CheckFree(_request.Overwrite);
        foreach (string defect in _volume.Info.Defects)
        {
            _progress.Note(defect);
        }

        string fingerprint = await _volume.FingerprintAsync(cancellationToken);
        VolumeStatistics statistics = await GatherStatisticsAsync(cancellationToken);
        using ISliceSegmenter segmenter = OpenModel(statistics);
        SegmentPlan plan = SegmentPlanner.Plan(_volume.Info, _request.Options, segmenter, statistics, ProcessMemory.ResidentBytes());

        if (_request.LimitsHeap)
        {
            ProcessMemory.LimitHeap(GC.GetTotalMemory(forceFullCollection: false) + plan.Memory.Managed);
        }

        if (_request.Overwrite)
        {
            paths.Discard();
        }

        AtomicFile files = new(_request.Files, _request.Durability);
        RunFolder run = RunFolder.Create(paths.Run, files);
        JsonObject provenance = Provenance.Of(plan, _request.Options, segmenter.Identity, fingerprint);
        run.WriteDocument("statistics.json", Provenance.ForStatistics(statistics));
        run.WriteDocument("run.json", Provenance.ForRun(provenance, _request, plan));

        OutputStore store = new(paths.Output, plan, files);
        SegmentReport report = await SegmentAsync(plan, segmenter, run, store, paths, cancellationToken);
        _progress.Begin("pyramid", 0, "chunks");
        await TimeAsync("pyramid", async () =>
        {
            await store.BuildPyramidAsync(_request.Options.SaveProbability, _request.Options.SaveMask, null, cancellationToken);
            return store.LevelCount;
        });
        store.Finish(provenance, _request.Options.SaveProbability, _request.Options.SaveMask);
        report = report with { Timings = _timings, PeakBytes = (plan.PeakBytes, ProcessMemory.PeakBytes()) };
        run.WriteDocument("report.json", report.ToJson());
        return report;
    }

    private async Task<VolumeStatistics> GatherStatisticsAsync(CancellationToken cancellationToken)
    {
        Box3 region = _request.Options.Region ?? _volume.Info.Bounds;
        if (region.IsEmpty || !_volume.Info.Bounds.Contains(region))
        {
            throw new InvalidRequestException($"The region {region} is not part of {_volume.Info.Path}, which is {_volume.Info.Shape} voxels (z, y, x).");
        }

        _progress.Begin("statistics", region.Shape.VoxelCount, "voxels");
        StatisticsOptions options = _request.Options.Statistics with
        {
            // two blocks at once, and the reader's own scratch
            BlockBytes = Math.Min(_request.Options.Statistics.BlockBytes, _request.Options.MemoryBudget / 16),
        };
        VolumeStatistics statistics = await TimeAsync(
            "statistics", () => StatisticsStage.RunAsync(_volume, region, options, new StageProgress(_progress), cancellationToken));
        if (statistics.SupportHistogram.Total == 0)
        {
            _progress.Note("The volume holds no measured voxel: its output will be background.");
        }

        return statistics;
    }

    private ISliceSegmenter OpenModel(VolumeStatistics statistics)
    {
        ModelSettings settings = _request.ModelSettings with { Histogram = statistics.SupportHistogram };
        foreach (IModelSource source in _models)
        {
            if (source.OpenSliceSegmenter(_request.Model, settings) is ISliceSegmenter segmenter)
            {
                return segmenter;
            }
        }

        throw new InvalidRequestException(
            $"'{_request.Model}' is no model. Known are: {string.Join(", ", _models.SelectMany(source => source.Accepts))}.");
    }

    private async Task<SegmentReport> SegmentAsync(
        SegmentPlan plan,
        ISliceSegmenter segmenter,
        RunFolder run,
        OutputStore store,
        OutputPaths paths,
        CancellationToken cancellationToken)
    {
        OutputArray? probability = _request.Options.SaveProbability ? store.CreateProbability() : null;
        OutputArray? mask = _request.Options.SaveMask ? store.CreateMask() : null;
        using StoreSink sink = new(plan, run, probability, mask);
        SegmentStage stage = new(plan, _volume, segmenter, sink);
        (long chunks, long absent) = (_volume.Counters.Chunks, _volume.Counters.AbsentChunks);
        _progress.Begin("segment", SliceCount(plan), "slices");
        SliceCounts counts = await TimeAsync("segment", () => stage.RunAsync(new StageProgress(_progress), cancellationToken));
        return new SegmentReport
        {
            Output = paths.Output,
            RunFolder = paths.Run,
            Model = segmenter.Identity,
            Shape = plan.Region.Shape,
            Intensity = plan.Intensity,
            ForegroundVoxels = sink.ForegroundVoxels,
            ExcludedVoxels = counts.ExcludedVoxels,
            Slices = counts.Slices,
            EmptySlices = counts.EmptySlices,
            Tiles = counts.Tiles,
            InputChunks = (_volume.Counters.Chunks - chunks,
                _volume.Info.Chunks.Touching(plan.Region).LongCount() - (_volume.Counters.AbsentChunks - absent)),
            BytesWritten = sink.BytesWritten,
            Timings = _timings,
            PeakBytes = (plan.PeakBytes, 0),
        };
    }

    /// <summary>Slices over all columns of units: what the progress counts.</summary>
    private static long SliceCount(SegmentPlan plan)
    {
        long slices = plan.Strategy.GroupsFor(plan.Volume.Shape.Z, plan.Region.Start.Z, plan.Region.End.Z).LongCount();
        return slices * plan.Units.Count.PlaneCount;
    }

    private async Task<T> TimeAsync<T>(string stage, Func<Task<T>> work)
    {
        long started = Stopwatch.GetTimestamp();
        T result = await work();
        _timings.Add((stage, Stopwatch.GetElapsedTime(started).TotalSeconds));
        return result;
    }
}
