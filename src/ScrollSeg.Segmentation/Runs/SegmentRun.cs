using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Propagation;
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
        Func<RunFolder, RunPlan, ISliceSegmenter, AtomicFile, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        _request.Options.Check();
        AtomicFile files = new(_request.Files, _request.Durability);
        OutputPaths paths = OutputPaths.Of(_request, _volume.Info.Path);
        RunFolder? run = _request.Overwrite ? null : RunFolder.TryOpen(paths.Run, files);
        if (run is null)
        {
            paths.CheckFree(_request.Overwrite);
        }

        NoteRemarks();
        string fingerprint = await _volume.FingerprintAsync(withTimes: false, cancellationToken);
        string inputFiles = await _volume.FingerprintAsync(withTimes: true, cancellationToken);
        VolumeStatistics? gathered = run?.ReadStatistics();
        using ISliceSegmenter segmenter = RunModel.Open(_request, _volume.Info, _models, () => gathered ?? throw TooEarly(), _progress);
        VolumeStatistics statistics = gathered ??= await _statistics.GatherAsync(
            _request.Options.Statistics, _statistics.PartsIn(paths.Run, fingerprint, files), cancellationToken);
        RunPlanner planner = new(_request, _volume, segmenter, statistics);
        IReadOnlyList<int?> targets = (IReadOnlyList<int?>?)TargetsOf(run) ?? await planner.CountTargetsAsync(_progress, cancellationToken);
        RunPlan plan = planner.Plan(targets, run?.Manifest);
        _progress.NoteIfAny(WindowCheck.Of(plan.First.Intensity, statistics.SupportHistogram)?.ToString());
        JsonObject provenance = Provenance.Of(plan, _volume.Info, _request.Options, segmenter.Identity, fingerprint);
        JsonObject? planned = null;
        if (run is null)
        {
            await CheckSpaceAsync(plan, planner, cancellationToken);
            planned = await PlannedAsync(plan, planner, cancellationToken);
        }

        if (_request.Overwrite)
        {
            paths.Discard();
        }

        run ??= RunFolder.Create(
            paths.Run, RunManifest.Of(plan, _request, _volume.Info, paths.Output, provenance, inputFiles, targets), statistics, files);
        if (!_request.Overwrite && TargetsOf(run) is { } frozen && !frozen.SequenceEqual(targets))
        {
            return await BeginAsync(work, cancellationToken); // another process began the run, and measured another speed
        }

        run = _request.InputRepaired ? run.OnRepaired(provenance, inputFiles) : run;
        run.CheckSame(provenance, inputFiles, paths.Output, _request.Options);
        if (planned is not null)
        {
            run.WritePlan(planned);
        }

        return await work(run, plan, segmenter, files, cancellationToken);
    }

    /// <summary>What the volume's headers say that a user should know before hours of work.</summary>
    private void NoteRemarks()
    {
        foreach (string remark in _volume.Info.Defects.Concat(_volume.Info.Notes))
        {
            _progress.Note(remark);
        }
    }

    /// <summary>Makes the plan, tries a few slices, and writes nothing. Statistics come from a small sample: they decide where empty
    /// regions are and nothing about cost.</summary>
    public async Task<(RunPlan Plan, RunEstimate Estimate)> PlanAsync(CancellationToken cancellationToken = default)
    {
        _request.Options.Check();
        NoteRemarks();
        StatisticsOptions sample = _request.Options.Statistics with { Mode = StatisticsMode.Sample, AffordableBytes = 32L << 20 };
        VolumeStatistics? statistics = null;
        using ISliceSegmenter segmenter = RunModel.Open(_request, _volume.Info, _models, () => statistics ?? throw TooEarly(), _progress);
        statistics = await _statistics.GatherAsync(sample, null, cancellationToken);
        RunPlanner planner = new(_request, _volume, segmenter, statistics);
        RunPlan plan = planner.Plan(await planner.CountTargetsAsync(_progress, cancellationToken), null);
        return (plan, await planner.EstimateAsync(plan, _statistics.Bytes, cancellationToken));
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
        RunPlan plan = new RunPlanner(_request, _volume, segmenter, statistics).Plan(TargetsOf(run)!, run.Manifest);
        string fingerprint = await _volume.FingerprintAsync(withTimes: false, cancellationToken);
        run.CheckSame(
            Provenance.Of(plan, _volume.Info, _request.Options, segmenter.Identity, fingerprint),
            await _volume.FingerprintAsync(withTimes: true, cancellationToken),
            paths.Output,
            _request.Options);

        OutputStore store = new(run.Manifest, files);
        string root = store.IsComplete(run.IsUnderWay) ? paths.Output : store.PartialPath;
        StageFolder records = run.IsCombined(root) ? run.Combine : run.Segment;
        string[] done = [.. records.ReadRecords().Select(record => record.Unit).Order(StringComparer.Ordinal)];
        new Random(seed).Shuffle(done);
        HashSet<string> chosen = [.. done.Take(sample)];
        if (run.Manifest.Combine is not null)
        {
            return run.IsCombined(root)
                ? await new CombinedRecomputation(run, plan, _volume, segmenter, files, _progress).CompareAsync(chosen, _request.Drain, cancellationToken)
                : throw new RunStoppedException($"{run.Path}: its directions are not combined yet; complete it first.");
        }

        await using ZarrVolume? probability = await OpenIfAsync(run.Manifest.SavesProbability, Path.Combine(root, "0"));
        await using ZarrVolume? mask = await OpenIfAsync(run.Manifest.SavesMask && run.Manifest.Post is null, Path.Combine(root, "labels", "mask", "0"));
        using PropagatedPlanes? planes = await PropagateAsync(run, plan, segmenter, files, cancellationToken);
        SegmentPlan direction = plan.First;
        await using ZarrVolume? uncertainty = await OpenIfAsync(run.Manifest.SavesUncertainty, Path.Combine(root, "uncertainty", "0"));
        ComparingSink sink = new(direction, Turned(probability), Turned(mask), Turned(uncertainty));
        SegmentStage stage = new(direction, TurnedVolume.Over(_volume, direction.Frame), segmenter, sink) { Wants = unit => chosen.Contains(unit.Name), Drain = _request.Drain };
        _progress.Begin("verify", 0, "slices");
        await stage.RunAsync(new StageProgress(_progress), cancellationToken);
        return sink.Differences;

        async Task<ZarrVolume?> OpenIfAsync(bool isKept, string path) =>
            isKept ? await ZarrVolume.OpenAsync(path, new ReaderOptions(), cancellationToken) : null;

        VolumeReader? Turned(VolumeReader? stored) => stored is null ? null : TurnedVolume.Over(stored, direction.Frame);
    }

    /// <summary>How many targets a run was begun with in each direction.</summary>
    private static List<int?>? TargetsOf(RunFolder? run) => run?.Manifest.Directions.Select(direction => direction.Targets).ToList();

    /// <summary>A run that cannot end well does not begin: what it writes is set against what is free. Only where it might not fit
    /// uncompressed is it worth a try how far it shrinks.</summary>
    private async Task CheckSpaceAsync(RunPlan plan, RunPlanner planner, CancellationToken cancellationToken)
    {
        long most = plan.CostOf(_request.Options.Outputs).BytesWritten;
        if (_request.FreeBytes(_request.Output) is not long free || most <= free)
        {
            return;
        }

        long expected = (await planner.EstimateAsync(plan, 0, cancellationToken)).BytesWritten;
        const double MiB = 1 << 20;
        if (expected > free)
        {
            throw new IOException(FormattableString.Invariant(
                $"{_request.Output}: {free / MiB:0} MiB are free, and the output will take about {expected / MiB:0} MiB, judged by a few slices. Make room, write elsewhere, or keep less (--save mask, --region)."));
        }

        _progress.Note(FormattableString.Invariant(
            $"The output will take about {expected / MiB:0} MiB, judged by a few slices, of {free / MiB:0} MiB that are free."));
    }

    private async Task<JsonObject> PlannedAsync(RunPlan plan, RunPlanner planner, CancellationToken cancellationToken)
    {
        PlanCost cost = plan.CostOf(_request.Options.Outputs);
        RunEstimate? estimate = null;
        if (PlannedCost.IsWorthTrying(plan, cost, _request.Options.MemoryBudget))
        {
            try
            {
                estimate = await planner.EstimateAsync(plan, _statistics.Bytes, cancellationToken, isFrugal: true);
            }
            catch (Exception e) when (e is ArithmeticException or IOException or VolumeFormatException)
            {
                // what cannot be read or answered there is the run's to meet, and to set aside
            }
        }

        return PlannedCost.ToJson(plan, cost, estimate);
    }

    private async Task<SegmentReport> CompleteAsync(
        RunFolder run, RunPlan plan, ISliceSegmenter segmenter, AtomicFile files, CancellationToken cancellationToken)
    {
        OutputStore store = new(run.Manifest, files);
        if (store.IsComplete(run.IsUnderWay))
        {
            _progress.Note($"{run.Manifest.Output} is complete already: nothing was done.");
            return SegmentReport.Of(run);
        }

        if (_request.LimitsHeap)
        {
            ProcessMemory.LimitHeap(GC.GetTotalMemory(forceFullCollection: false) + plan.Directions.Max(direction => direction.Memory.Managed));
        }

        using ShardLock shardLock = ShardLock.Take(run.Path, _request.Shard);
        ReadCounters reads = _volume.Counters;
        (long chunks, long absent, long decoded) = (reads.Chunks, reads.AbsentChunks, reads.DecodedBytes);
        if (!run.IsCombined(store.PartialPath))
        {
            using PropagatedPlanes? planes = await PropagateAsync(run, plan, segmenter, files, cancellationToken);
            (chunks, absent, decoded) = (reads.Chunks, reads.AbsentChunks, reads.DecodedBytes); // the plan's number is the segment stage's
            await SegmentAsync(run, plan, segmenter, store, cancellationToken);
        }

        JsonObject cost = CostOf(plan, reads.Chunks - chunks, reads.AbsentChunks - absent, reads.DecodedBytes - decoded);
        if (_request.Shard.Count > 1)
        {
            return SegmentReport.Of(run) with { Cost = cost };
        }

        run.WriteReport(cost);
        await _times.TimeAsync("completion", () => FinishAsync(run, plan.Largest, files, cancellationToken));
        cost["seconds"] = _times.ToJson();
        cost["peakBytes"] = ProcessMemory.PeakBytes();
        run.WriteReport(cost);
        return SegmentReport.Of(run);
    }

    private async Task<RunFolder> FinishAsync(RunFolder run, SegmentPlan largest, AtomicFile files, CancellationToken cancellationToken)
    {
        int linkThreads = largest.Threads;
        int pyramidThreads = largest.PyramidThreads;
        if (run.Manifest.Post is not null)
        {
            // numbers of objects have four bytes where everything else has one
            long linkBytes = LinkStage.BytesPerThread(run.Manifest.LinkUnits.Chunk, largest.OutputChunk, voxelBytes: 1);
            linkThreads = (int)Math.Clamp(largest.Memory.Total / linkBytes, 1, largest.Threads);
            pyramidThreads = (int)Math.Clamp(largest.Memory.Total / (sizeof(uint) * largest.PyramidBytesPerThread), 1, largest.Threads);
            if (_request.LimitsHeap)
            {
                long codecs = Math.Max(linkThreads, pyramidThreads) * 3L * sizeof(uint) * largest.OutputChunk.VoxelCount;
                ProcessMemory.LimitHeap(GC.GetTotalMemory(forceFullCollection: true) + largest.Memory.Managed + codecs);
            }
        }

        await new RunCompletion(run, files, _progress) { Drain = _request.Drain, LinkThreads = linkThreads }
            .FinishAsync(pyramidThreads, null, cancellationToken);
        return run;
    }

    /// <summary>Carries objects from seeds to their neighbours, where prompts ask for it.</summary>
    /// <returns>Where the masks are, for the segment stage; the caller disposes it.</returns>
    private async Task<PropagatedPlanes?> PropagateAsync(
        RunFolder run, RunPlan plan, ISliceSegmenter segmenter, AtomicFile files, CancellationToken cancellationToken)
    {
        if (plan.Propagation is not PropagationPlan propagation || segmenter.Propagation is not PropagatedPrompts prompts)
        {
            return null;
        }

        PropagatedPlanes planes = PropagatedPlanes.Open(run.PropagatePath, plan.Region, files);
        try
        {
            PropagateStage stage = new(plan.First, propagation, planes, prompts) { Folder = run.PropagatePath, Shard = _request.Shard, Drain = _request.Drain };
            _progress.Begin("propagate", propagation.Slices, "slices");
            await _times.TimeAsync("propagate", () => stage.RunAsync(_volume, segmenter, new StageProgress(_progress), cancellationToken));
            return planes;
        }
        catch
        {
            planes.Dispose();
            throw;
        }
    }

    /// <summary>Computes what is left of each direction, one behind the other; what fails in one does not keep the next from its units.</summary>
    private async Task SegmentAsync(
        RunFolder run, RunPlan plan, ISliceSegmenter segmenter, OutputStore store, CancellationToken cancellationToken)
    {
        List<(StageWork Work, SetAside SetAside)> all = [];
        foreach ((SegmentPlan direction, RunDirection stored) in plan.Directions.Zip(run.Manifest.Directions))
        {
            VoxelOutputs outputs = run.Manifest.Combine is null ? store.CreateOutputs() : store.CreateAnswers(stored);
            StageFolder records = run.SegmentOf(direction.Frame.Normal);
            StageWork work = new(records, direction.Units, store.PartialPath, _request.Shard);
            if (work.Done > 0)
            {
                _progress.Note($"{work.Done} of {work.Total} units are done already.");
            }

            SetAside setAside = new(records, _progress);
            all.Add((work, setAside));
            await SegmentAsync(direction, records, segmenter, outputs, work, setAside, cancellationToken);
        }

        CheckNothingLeft(run, all);
    }

    private async Task SegmentAsync(
        SegmentPlan plan,
        StageFolder records,
        ISliceSegmenter segmenter,
        VoxelOutputs outputs,
        StageWork work,
        SetAside setAside,
        CancellationToken cancellationToken)
    {
        using StoreSink sink = new(plan, records, outputs);
        SegmentStage stage = new(plan, TurnedVolume.Over(_volume, plan.Frame), segmenter, sink)
        {
            Wants = unit => work.IsLeft(unit.Index),
            SetsAside = setAside.Take,
            Drain = _request.Drain,
        };
        _progress.Begin("segment", work.ListLeft().Sum(plan.CountSlices), "slices");
        await _times.TimeAsync("segment", () => stage.RunAsync(setAside, cancellationToken));
    }

    private static void CheckNothingLeft(RunFolder run, List<(StageWork Work, SetAside SetAside)> all)
    {
        long left = all.Sum(stage => stage.Work.ListMissing().LongCount());
        long failed = all.Sum(stage => stage.SetAside.Count);
        long total = all.Sum(stage => stage.Work.Total);
        if (left > failed)
        {
            string some = failed > 0 ? $" ({failed} of them failed)" : "";
            throw new RunStoppedException($"{run.Path}: stopped with {left} of {total} units left{some}; the same command goes on.");
        }

        if (left > 0)
        {
            throw SetAside.ToException([.. all.Select(stage => stage.SetAside)], run.Path, total);
        }
    }

    private JsonObject CostOf(RunPlan plan, long fetched, long absent, long decoded)
    {
        PlanCost planned = plan.CostOf(outputs: 1);
        return new JsonObject
        {
            ["inputChunksFetched"] = fetched,
            ["inputChunksAbsent"] = absent,
            ["inputChunks"] = planned.ChunksTouched,
            ["inputChunksPlanned"] = planned.ChunkFetches,
            ["inputBytesDecoded"] = decoded,
            ["seconds"] = _times.ToJson(),
            ["peakBytesPlanned"] = plan.PeakBytes,
            ["peakBytes"] = ProcessMemory.PeakBytes(),
        };
    }

    private static InvalidOperationException TooEarly() => new("The statistics come later.");
}
