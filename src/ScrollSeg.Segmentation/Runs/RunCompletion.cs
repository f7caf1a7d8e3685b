using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What comes after the last unit of the segment stage, and how far a run is: neither needs the run's input.</summary>
public sealed class RunCompletion
{
    private const int NamedAtMost = 20; // in a status: the whole list of a large run would be no help

    private readonly RunFolder _run;
    private readonly OutputStore _store;
    private readonly AtomicFile _files;
    private readonly IRunProgress _progress;

    /// <param name="run">The run.</param>
    /// <param name="files">How files are written.</param>
    /// <param name="progress">Is told how far the work has come.</param>
    public RunCompletion(RunFolder run, AtomicFile files, IRunProgress progress)
    {
        (_run, _files, _progress) = (run, files, progress);
        _store = new OutputStore(run.Manifest, files);
    }

    /// <summary>How a mask is read that is linked where it lies. Default: as local ones are.</summary>
    public ReaderOptions Reading { get; init; } = new();

    /// <summary>Once cancelled, no further unit is begun.</summary>
    public CancellationToken Drain { get; init; }

    /// <summary>Units of the link stage in work at the same time. Default as many as chunks of the pyramid.</summary>
    public int? LinkThreads { get; init; }

    /// <summary>Counts the units and says which are missing.</summary>
    public RunStatus GetStatus()
    {
        bool isComplete = IsComplete;
        string root = isComplete ? _run.Manifest.Output : _store.PartialPath;
        List<string> missing = [];
        long missingCount = 0;
        long done = 0;
        long bytes = 0;
        foreach (RunStage stage in _run.FirstIn(root))
        {
            foreach ((int Z, int Y, int X) index in stage.ListUnits())
            {
                if (stage.Records.ReadRecord(SegmentUnit.NameOf(index)) is UnitRecord record && record.ObjectsAreThere(root))
                {
                    done++;
                    bytes += record.Objects.Sum(o => o.Bytes);
                }
                else if (missingCount++ < NamedAtMost)
                {
                    missing.Add(stage.NameOf(index));
                }
            }
        }

        return new RunStatus(_run.Manifest.Output, isComplete, done, missingCount, missing, _run.ReadFailures(), bytes)
        {
            Combined = _run.Manifest.Combine is null || isComplete
                ? null
                : (new StageWork(_run.Combine, _run.Manifest.CombineUnits, root, Shard.Whole).Done, _run.Manifest.CombineUnits.Count.VoxelCount),
            Linked = CountLinked(root),
        };
    }

    /// <summary>The shares that have units of the segment stage left, in order.</summary>
    /// <param name="count">Into how many shares the run is cut.</param>
    public IReadOnlyList<int> ListShardsLeft(int count) => [.. ListMissing().Select(unit => (int)(unit.Place % count)).Distinct().Order()];

    /// <summary>Places in storage order, from 0, of the units of the segment stages, each on its own, that are not done.</summary>
    public IEnumerable<(long Place, string Unit)> ListMissing()
    {
        return IsComplete ? [] : _run.FirstIn(_store.PartialPath).SelectMany(stage =>
        {
            Shape3 count = stage.Units.Count;
            return new StageWork(stage.Records, stage.Units, _store.PartialPath, Shard.Whole).ListMissing().Select(index =>
                ((((long)index.Z * count.Y) + index.Y) * count.X + index.X, stage.NameOf(index)));
        });
    }

    /// <summary>Links, if the run asks for it, builds the pyramid, and, when nothing is missing, writes the metadata and gives the
    /// store its final name.</summary>
    /// <param name="threads">Chunks of the pyramid in work at the same time.</param>
    /// <param name="shard">Share of the units of the link stage and of the pyramid. Where a later pass needs what other shares have
    /// not done yet, it stops, to be run again; the metadata are written by whoever finds nothing missing.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="RunStoppedException">Units are missing.</exception>
    public async Task FinishAsync(int threads, Shard? shard = null, CancellationToken cancellationToken = default)
    {
        if (IsComplete)
        {
            _progress.Note($"{_run.Manifest.Output} is complete already: nothing was done.");
            return;
        }

        if (!_run.Manifest.LinksInput)
        {
            RunStatus status = GetStatus();
            Refuse("", status.MissingCount, status.MissingCount + status.Done, status.Missing);
        }

        Shard share = shard ?? Shard.Whole;
        await CombineAsync(threads, share, cancellationToken);
        ILinkStage? link = null;
        if (_run.Manifest.PostOptions is LinkOptions post)
        {
            await using VolumeReader input = await OpenLinkInputAsync(cancellationToken);
            link = LinkStageOver(input, post, LinkThreads ?? threads);
            IReadOnlyList<string> unlinked = await link.RunAsync(share, _progress, cancellationToken);
            Refuse("of the link stage ", unlinked.Count, _run.Manifest.LinkUnits.Count.VoxelCount, unlinked);
        }

        PyramidStage pyramid = new(_store, _run.Pyramid, threads);
        await pyramid.RunAsync(share, _progress, Drain, cancellationToken);
        List<string> missing = [.. pyramid.ListMissing()];
        if (missing.Count > 0 && share.Count > 1 && !Drain.IsCancellationRequested)
        {
            _progress.Note($"Shard {share} of the pyramid is done; {missing.Count} units of others are not yet.");
        }

        Refuse("of the pyramid ", missing.Count, pyramid.Units.Count.VoxelCount, missing);
        await pyramid.FinishAsync(cancellationToken);
        _run.DeleteTemporaries();
        _store.Finish();
        link?.DeleteScratch();
    }

    /// <summary>Combines the directions' answers, if the run asks for it.</summary>
    private async Task CombineAsync(int threads, Shard share, CancellationToken cancellationToken)
    {
        if (_run.Manifest.Combine is null || _run.IsCombined(_store.PartialPath))
        {
            return;
        }

        await using DirectionReaders answers = await DirectionReaders.OpenAsync(_run.Manifest, _store, threads, cancellationToken);
        CombineStage stage = new(_run.Manifest, _run.Combine, _store.CreateOutputs()) { Threads = threads, Drain = Drain };
        IReadOnlyList<string> left = await stage.RunAsync(answers.All, _store.PartialPath, share, _progress, cancellationToken);
        Refuse("that combine directions ", left.Count, _run.Manifest.CombineUnits.Count.VoxelCount, left);
    }

    private async Task<VolumeReader> OpenLinkInputAsync(CancellationToken cancellationToken)
    {
        ReaderOptions options = Reading with { DecodeThreads = 1, Remote = Reading.Remote with { CacheFolder = null } }; // units are read side by side
        if (!_run.Manifest.LinksInput)
        {
            return await ZarrVolume.OpenAsync(Path.Combine(_store.PartialPath, "0"), options, cancellationToken);
        }

        VolumeReader input = await VolumeFormats.OpenAsync(_run.Manifest.Input, options, cancellationToken);
        if (await input.FingerprintAsync(withTimes: true, cancellationToken) != _run.Manifest.InputFiles)
        {
            await input.DisposeAsync();
            throw new RunConflictException($"{_run.Manifest.Input}: has changed since the run began. Give another output, or --overwrite to begin anew.");
        }

        return input;
    }

    private ILinkStage LinkStageOver(VolumeReader input, LinkOptions post, int threads)
    {
        (LinkOutput? mask, LinkOutput? instances) = (OutputOf(_store.CreateLinkedMask()), OutputOf(_store.CreateInstances()));
        if (post.SliceGap is int gap)
        {
            return new SliceLinkStage(input, gap, _run.Manifest.LinkUnits.Chunk, _run.LinkPath, _files)
            {
                Store = _store.PartialPath, Mask = mask, Instances = instances, Threads = threads, Drain = Drain,
            };
        }

        int[] levels = _run.Manifest.LinkLevels;
        return new LinkStage(
            new LinkInput(input, (ulong)levels[0], (ulong)levels[1]), post, _run.Manifest.LinkUnits.Chunk, _run.LinkPath, _files)
        {
            Store = _store.PartialPath,
            Mask = mask,
            Instances = instances,
            Threads = threads,
            Drain = Drain,
        };
    }

    private static LinkOutput? OutputOf(OutputArray? array) => array is null ? null : new LinkOutput(array.Writer, array.Path + "/");

    /// <summary>Units of a link stage that follows another one.</summary>
    private (long Done, long Total)? CountLinked(string root)
    {
        if (_run.Manifest.Post is null || _run.Manifest.LinksInput)
        {
            return null;
        }

        ChunkGrid units = _run.Manifest.LinkUnits;
        return (new StageWork(_run.Link, units, root, Shard.Whole).Done, units.Count.VoxelCount);
    }

    private bool IsComplete => _store.IsComplete(_run.IsUnderWay);

    private void Refuse(string kind, long missing, long total, IReadOnlyList<string> names)
    {
        if (missing > 0)
        {
            throw new RunStoppedException($"{_run.Path}: {missing} of {total} units {kind}are missing, the first of them {names[0]}.");
        }
    }
}

/// <summary>How far a run is.</summary>
/// <param name="Output">The output's final name.</param>
/// <param name="IsComplete">Whether it has that name.</param>
/// <param name="Done">Units of the segment stage whose record and objects agree.</param>
/// <param name="MissingCount">The other ones.</param>
/// <param name="Missing">Names of the first of them.</param>
/// <param name="Failed">Those among them that were set aside, and why.</param>
/// <param name="Bytes">Bytes of the finest level, encoded.</param>
public sealed record RunStatus(
    string Output,
    bool IsComplete,
    long Done,
    long MissingCount,
    IReadOnlyList<string> Missing,
    IReadOnlyList<UnitFailure> Failed,
    long Bytes)
{
    /// <summary>Units in which directions are combined that are written, and all of them; <see langword="null"/> if the run has no such
    /// stage, or is complete.</summary>
    public (long Done, long Total)? Combined { get; init; }

    /// <summary>Units of the link stage that are written, and all of them; <see langword="null"/> if the run has no such stage, or no
    /// other.</summary>
    public (long Done, long Total)? Linked { get; init; }
}
