using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// The whole way from a scan to a stitched mask: statistics, plan, segment, pyramid, finalize. The same request again goes on
/// where an earlier process was stopped, at whatever instant.
/// </summary>
public sealed class SegmentRun
{
    private readonly SegmentRequest _request;
    private readonly VolumeReader _volume;
    private readonly IReadOnlyList<IModelSource> _models;
    private readonly IRunProgress _progress;
    private readonly StageTimes _times = new();
    private readonly RunStatistics _statistics;

    /// <summary>Prepares a run; nothing is read or written yet.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="volume">The opened volume; stays the caller's.</param>
    /// <param name="models">Where models come from; the first source that knows the name opens it.</param>
    /// <param name="progress">Is told how far the run has come.</param>
    public SegmentRun(SegmentRequest request, VolumeReader volume, IReadOnlyList<IModelSource> models, IRunProgress progress)
    {
        (_request, _volume, _models, _progress) = (request, volume, models, progress);
        _statistics = new RunStatistics(request, volume, progress, _times);
    }

    /// <summary>Runs it, or what is left of it.</summary>
    /// <param name="cancellationToken">Stops at once; units that are not complete are dropped, and a later run computes them.</param>
    /// <exception cref="RunConflictException">The output exists and is not this run's.</exception>
    /// <exception cref="RunStoppedException">The run was asked to stop and has units left.</exception>
    /// <exception cref="VolumeFormatException">The input is damaged.</exception>
    /// <exception cref="InvalidRequestException">The request contradicts the volume or the model.</exception>
    public Task<SegmentReport> RunAsync(CancellationToken cancellationToken = default) => BeginAsync(CompleteAsync, cancellationToken);

    /// <summary>Gathers the statistics, plans, begins the run, and stops before its first unit: what other processes then share
    /// needs no work twice. A run that was begun already is only checked.</summary>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="RunConflictException">The output exists and is not this run's.</exception>
    /// <exception cref="VolumeFormatException">The input is damaged.</exception>
    /// <exception cref="InvalidRequestException">The request contradicts the volume or the model.</exception>
    public Task<RunFolder> PrepareAsync(CancellationToken cancellationToken = default) =>
        BeginAsync((run, _, _, _, _) => Task.FromResult(run), cancellationToken);

    private async Task<T> BeginAsync<T>(
        Func<RunFolder, SegmentPlan, ISliceSegmenter, AtomicFile, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        _request.Options.CheckPost();
        AtomicFile files = new(_request.Files, _request.Durability);
        OutputPaths paths = OutputPaths.Of(_request, _volume.Info.Path);
        RunFolder? run = _request.Overwrite ? null : RunFolder.TryOpen(paths.Run, files);
        if (run is null)
        {
            paths.CheckFree(_request.Overwrite);
        }

        foreach (string defect in _volume.Info.Defects)
        {
            _progress.Note(defect);
        }

        string fingerprint = await _volume.FingerprintAsync(withTimes: false, cancellationToken);
        string inputFiles = await _volume.FingerprintAsync(withTimes: true, cancellationToken);
        VolumeStatistics? gathered = run?.ReadStatistics();
        using ISliceSegmenter segmenter = RunModel.Open(_request, _volume.Info, _models, () => gathered ?? throw TooEarly(), _progress);
        VolumeStatistics statistics = gathered ??= await _statistics.GatherAsync(
            _request.Options.Statistics, _statistics.PartsIn(paths.Run, fingerprint, files), cancellationToken);
        int? targets = run is null ? await CountTargetsAsync(segmenter, statistics, cancellationToken) : run.Manifest.Targets;
        SegmentOptions options = TimeLimit.Apply(_request.Options, targets);
        (Shape3 Unit, int Batch)? frozen = run is null ? null : (RunManifest.ToShape(run.Manifest.Unit), run.Manifest.Batch);
        SegmentPlan plan = SegmentPlanner.Plan(
            _volume.Info, options, segmenter, statistics, ProcessMemory.ResidentBytes(), frozen);
        _progress.NoteIfAny(WindowCheck.Of(plan.Intensity, statistics.SupportHistogram)?.ToString());
        JsonObject provenance = Provenance.Of(plan, options, segmenter.Identity, fingerprint);
        if (run is null)
        {
            await CheckSpaceAsync(plan, segmenter, cancellationToken);
        }

        if (_request.Overwrite)
        {
            paths.Discard();
        }

        run ??= RunFolder.Create(
            paths.Run, RunManifest.Of(plan, _request, paths.Output, provenance, inputFiles) with { Targets = targets }, statistics, files);
        if (run.Manifest.Targets != targets && !_request.Overwrite)
        {
            return await BeginAsync(work, cancellationToken); // another process began the run, and measured another speed
        }

        run.CheckSame(provenance, inputFiles, paths.Output, _request.Options);
        return await work(run, plan, segmenter, files, cancellationToken);
    }

    /// <summary>Makes the plan, tries a few slices, and writes nothing. Statistics come from a small sample: they decide where empty
    /// regions are and nothing about cost.</summary>
    public async Task<(SegmentPlan Plan, RunEstimate Estimate)> PlanAsync(CancellationToken cancellationToken = default)
    {
        _request.Options.CheckPost();
        StatisticsOptions sample = _request.Options.Statistics with { Mode = StatisticsMode.Sample, AffordableBytes = 32L << 20 };
        VolumeStatistics? statistics = null;
        using ISliceSegmenter segmenter = RunModel.Open(_request, _volume.Info, _models, () => statistics ?? throw TooEarly(), _progress);
        statistics = await _statistics.GatherAsync(sample, null, cancellationToken);
        SegmentOptions options = TimeLimit.Apply(_request.Options, await CountTargetsAsync(segmenter, statistics, cancellationToken));
        SegmentPlan plan = SegmentPlanner.Plan(_volume.Info, options, segmenter, statistics, ProcessMemory.ResidentBytes());
        return (plan, await EstimateAsync(plan, segmenter, _statistics.Bytes, cancellationToken));
    }

    /// <summary>Computes some units of a run again and sets them against what is stored: that what was written is what this input,
    /// configuration and model give.</summary>
    /// <param name="sample">How many units, drawn at random from those that are done.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <returns>A sentence for each unit that differs; none if all agree.</returns>
    /// <exception cref="RunConflictException">Input, configuration or model are not the run's.</exception>
    public async Task<IReadOnlyList<string>> RecomputeAsync(int sample, int seed, CancellationToken cancellationToken = default)
    {
        AtomicFile files = new(_request.Files, _request.Durability);
        OutputPaths paths = OutputPaths.Of(_request, _volume.Info.Path);
        RunFolder run = RunFolder.TryOpen(paths.Run, files) ?? throw new RunConflictException($"{paths.Run}: holds no run.");
        VolumeStatistics statistics = run.ReadStatistics();
        using ISliceSegmenter segmenter = RunModel.Open(_request, _volume.Info, _models, () => statistics, _progress);
        SegmentOptions options = TimeLimit.Apply(_request.Options, run.Manifest.Targets);
        SegmentPlan plan = SegmentPlanner.Plan(
            _volume.Info, options, segmenter, statistics, ProcessMemory.ResidentBytes(), (RunManifest.ToShape(run.Manifest.Unit), run.Manifest.Batch));
        string fingerprint = await _volume.FingerprintAsync(withTimes: false, cancellationToken);
        run.CheckSame(
            Provenance.Of(plan, options, segmenter.Identity, fingerprint),
            await _volume.FingerprintAsync(withTimes: true, cancellationToken),
            paths.Output,
            _request.Options);

        OutputStore store = new(run.Manifest, files);
        string root = store.IsComplete(run.IsUnderWay) ? paths.Output : store.PartialPath;
        string[] done = [.. run.Segment.ReadRecords().Select(record => record.Unit).Order(StringComparer.Ordinal)];
        new Random(seed).Shuffle(done);
        HashSet<string> chosen = [.. done.Take(sample)];
        await using ZarrVolume? probability = await OpenIfAsync(run.Manifest.SavesProbability, Path.Combine(root, "0"));
        await using ZarrVolume? mask = await OpenIfAsync(run.Manifest.SavesMask && run.Manifest.Post is null, Path.Combine(root, "labels", "mask", "0"));
        ComparingSink sink = new(plan, probability, mask);
        SegmentStage stage = new(plan, _volume, segmenter, sink) { Wants = unit => chosen.Contains(unit.Name), Drain = _request.Drain };
        _progress.Begin("verify", 0, "slices");
        await stage.RunAsync(new StageProgress(_progress), cancellationToken);
        return sink.Differences;

        async Task<ZarrVolume?> OpenIfAsync(bool isKept, string path) =>
            isKept ? await ZarrVolume.OpenAsync(path, new ReaderOptions(), cancellationToken) : null;
    }

    private async Task<RunEstimate> EstimateAsync(
        SegmentPlan plan, ISliceSegmenter segmenter, long statisticsBytes, CancellationToken cancellationToken)
    {
        int outputs = _request.Options.Outputs;
        RunRates rates = await new RunProbe(plan, _volume, segmenter).MeasureAsync(cancellationToken);
        return rates.Estimate(plan, PlanCost.Of(plan, outputs), statisticsBytes, outputs);
    }

    /// <summary>How many targets the time limit leaves; <see langword="null"/> without one.</summary>
    private async Task<int?> CountTargetsAsync(ISliceSegmenter segmenter, VolumeStatistics statistics, CancellationToken cancellationToken)
    {
        if (_request.Options.TimeLimit is not TimeSpan limit)
        {
            return null;
        }

        SegmentPlan all = SegmentPlanner.Plan(_volume.Info, _request.Options, segmenter, statistics, ProcessMemory.ResidentBytes());
        RunRates rates = await new RunProbe(all, _volume, segmenter).MeasureAsync(cancellationToken);
        int targets = new TimeLimit(all, rates).TargetsWithin(limit.TotalSeconds * _request.Shard.Count);
        _progress.Note(FormattableString.Invariant($"The time limit of {limit} is enough for {targets} targets, evenly spread, judged by a few slices."));
        return targets;
    }

    /// <summary>A run that cannot end well does not begin: what it writes is set against what is free. Only where it might not fit
    /// uncompressed is it worth a try how far it shrinks.</summary>
    private async Task CheckSpaceAsync(SegmentPlan plan, ISliceSegmenter segmenter, CancellationToken cancellationToken)
    {
        long most = PlanCost.Of(plan, _request.Options.Outputs).BytesWritten;
        if (_request.FreeBytes(_request.Output) is not long free || most <= free)
        {
            return;
        }

        long expected = (await EstimateAsync(plan, segmenter, 0, cancellationToken)).BytesWritten;
        const double MiB = 1 << 20;
        if (expected > free)
        {
            throw new IOException(FormattableString.Invariant(
                $"{_request.Output}: {free / MiB:0} MiB are free, and the output will take about {expected / MiB:0} MiB, judged by a few slices. Make room, write elsewhere, or keep less (--save mask, --region)."));
        }

        _progress.Note(FormattableString.Invariant(
            $"The output will take about {expected / MiB:0} MiB, judged by a few slices, of {free / MiB:0} MiB that are free."));
    }

    private async Task<SegmentReport> CompleteAsync(
        RunFolder run, SegmentPlan plan, ISliceSegmenter segmenter, AtomicFile files, CancellationToken cancellationToken)
    {
        OutputStore store = new(run.Manifest, files);
        if (store.IsComplete(run.IsUnderWay))
        {
            _progress.Note($"{run.Manifest.Output} is complete already: nothing was done.");
            return SegmentReport.Of(run);
        }

        if (_request.LimitsHeap)
        {
            ProcessMemory.LimitHeap(GC.GetTotalMemory(forceFullCollection: false) + plan.Memory.Managed);
        }

        using ShardLock shardLock = ShardLock.Take(run.Path, _request.Shard);
        StageWork work = new(run.Segment, plan.Units, store.PartialPath, _request.Shard);
        if (work.Done > 0)
        {
            _progress.Note($"{work.Done} of {work.Total} units are done already.");
        }

        ReadCounters reads = _volume.Counters;
        (long chunks, long absent) = (reads.Chunks, reads.AbsentChunks);
        SetAside setAside = new(run.Segment, _progress);
        await SegmentAsync(run, plan, segmenter, store, work, setAside, cancellationToken);
        CheckNothingLeft(run, work, setAside);

        JsonObject cost = CostOf(plan, reads.Chunks - chunks, reads.AbsentChunks - absent);
        if (_request.Shard.Count > 1)
        {
            return SegmentReport.Of(run) with { Cost = cost };
        }

        run.WriteReport(cost);
        await _times.TimeAsync("completion", () => FinishAsync(run, plan, files, cancellationToken));
        return SegmentReport.Of(run);
    }

    private async Task<RunFolder> FinishAsync(RunFolder run, SegmentPlan plan, AtomicFile files, CancellationToken cancellationToken)
    {
        int linkThreads = plan.Threads;
        int pyramidThreads = plan.PyramidThreads;
        if (run.Manifest.Post is not null)
        {
            // numbers of objects have four bytes where everything else has one
            long linkBytes = LinkStage.BytesPerThread(run.Manifest.LinkUnits.Chunk, plan.OutputChunk, voxelBytes: 1);
            linkThreads = (int)Math.Clamp(plan.Memory.Total / linkBytes, 1, plan.Threads);
            pyramidThreads = (int)Math.Clamp(plan.Memory.Total / (sizeof(uint) * plan.PyramidBytesPerThread), 1, plan.Threads);
            if (_request.LimitsHeap)
            {
                long codecs = Math.Max(linkThreads, pyramidThreads) * 3L * sizeof(uint) * plan.OutputChunk.VoxelCount;
                ProcessMemory.LimitHeap(GC.GetTotalMemory(forceFullCollection: true) + plan.Memory.Managed + codecs);
            }
        }

        await new RunCompletion(run, files, _progress) { Drain = _request.Drain, LinkThreads = linkThreads }
            .FinishAsync(pyramidThreads, null, cancellationToken);
        return run;
    }

    private static void CheckNothingLeft(RunFolder run, StageWork work, SetAside setAside)
    {
        long left = work.ListMissing().LongCount();
        if (left > setAside.Count)
        {
            string failed = setAside.Count > 0 ? $" ({setAside.Count} of them failed)" : "";
            throw new RunStoppedException($"{run.Path}: stopped with {left} of {work.Total} units left{failed}; the same command goes on.");
        }

        if (left > 0)
        {
            throw setAside.ToException(run.Path, work.Total);
        }
    }

    private JsonObject CostOf(SegmentPlan plan, long fetched, long absent) => new()
    {
        ["inputChunksFetched"] = fetched,
        ["inputChunksAbsent"] = absent,
        ["inputChunks"] = PlanCost.Of(plan, outputs: 1).ChunksTouched,
        ["inputChunksPlanned"] = PlanCost.Of(plan, outputs: 1).ChunkFetches,
        ["seconds"] = _times.ToJson(),
        ["peakBytesPlanned"] = plan.PeakBytes,
        ["peakBytes"] = ProcessMemory.PeakBytes(),
    };

    private async Task SegmentAsync(
        RunFolder run,
        SegmentPlan plan,
        ISliceSegmenter segmenter,
        OutputStore store,
        StageWork work,
        SetAside setAside,
        CancellationToken cancellationToken)
    {
        using StoreSink sink = new(plan, run.Segment, store.CreateProbability(), store.CreateMask());
        SegmentStage stage = new(plan, _volume, segmenter, sink)
        {
            Wants = unit => work.IsLeft(unit.Index),
            SetsAside = setAside.Take,
            Drain = _request.Drain,
        };
        _progress.Begin("segment", work.ListLeft().Sum(plan.CountSlices), "slices");
        await _times.TimeAsync("segment", () => stage.RunAsync(setAside, cancellationToken));
    }

    private static InvalidOperationException TooEarly() => new("The statistics come later.");
}
