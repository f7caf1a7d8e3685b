using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Streams a volume once, in blocks of whole chunks, and counts its grey values.</summary>
public sealed class StatisticsStage
{
    private const int MostParts = 64;

    private readonly VolumeReader _volume;
    private readonly StatisticsOptions _options;
    private readonly PieceList _pieces;

    /// <summary>Chooses what is read; nothing is read yet.</summary>
    /// <param name="volume">The volume; stays the caller's.</param>
    /// <param name="region">The part that the run will segment.</param>
    /// <param name="options">How much is read, and how much memory may be held.</param>
    public StatisticsStage(VolumeReader volume, Box3 region, StatisticsOptions options)
    {
        (_volume, _options) = (volume, options);
        _pieces = new PieceList(volume.Info, region, options);
    }

    /// <summary>Where parts are kept, and found again; <see langword="null"/> to keep none.</summary>
    public StatisticsParts? Parts { get; init; }

    /// <summary>Once cancelled, the part in work is completed and kept, and the stage ends.</summary>
    public CancellationToken Drain { get; init; }

    /// <summary>Bytes that will be read, decoded; twice where the grey values have to be known before they can be counted.</summary>
    public long Bytes => HistogramBuilder.NeedsExtremes(_volume.Info.Type) ? 2 * _pieces.Bytes : _pieces.Bytes;

    /// <summary>Voxels that will be counted.</summary>
    public long Voxels => _pieces.Bytes / _volume.Info.Type.ByteSize();

    /// <summary>Gathers the statistics.</summary>
    /// <param name="progress">Receives the voxels counted so far.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="VolumeFormatException">No chunk can be read or decoded.</exception>
    /// <exception cref="OperationCanceledException">The stage was cancelled or drained.</exception>
    public async Task<VolumeStatistics> RunAsync(IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        VoxelType type = _volume.Info.Type;
        ReadableBlocks blocks = new(_volume);
        (double Low, double High) extremes = (0, 1);
        if (HistogramBuilder.NeedsExtremes(type))
        {
            List<Extremes> found = await ForEachPartAsync(
                part => Parts?.ReadExtremes($"extremes-{part}"),
                async (pieces, done) =>
                {
                    ExtremesCounter counter = new(type);
                    await ForEachBlockAsync(blocks, pieces, counter.Add, done, cancellationToken);
                    return counter.ToPart();
                },
                (part, counted) => Parts?.WriteExtremes($"extremes-{part}", counted),
                null);
            extremes = (found.Min(part => part.Low) ?? 0, found.Max(part => part.High) ?? 1);
        }

        List<PartialStatistics> counted = await ForEachPartAsync(
            part => Parts?.ReadCounts($"counts-{part}"),
            async (pieces, done) =>
            {
                BlockCounter counter = new(_volume.Info, extremes);
                long before = blocks.DamagedVoxels;
                await ForEachBlockAsync(blocks, pieces, counter.Add, done, cancellationToken);
                return counter.ToPart(blocks.DamagedVoxels - before);
            },
            (part, counts) => Parts?.WriteCounts($"counts-{part}", counts),
            progress);
        PartialStatistics total = counted.Aggregate((a, b) => a.Plus(b));
        if (blocks.FirstDamage is not null && total.Histogram.Total + total.NaNVoxels + total.AbsentVoxels == 0)
        {
            throw blocks.FirstDamage; // nothing could be read at all: the volume is the problem
        }

        return new VolumeStatistics
        {
            Histogram = total.Histogram,
            Type = type,
            SampledShare = _pieces.Share,
            AbsentVoxels = total.AbsentVoxels,
            NaNVoxels = total.NaNVoxels,
            DamagedVoxels = total.DamagedVoxels,
            EmptyBorderShare = await BorderProbe.EmptyShareAsync(_volume, cancellationToken),
        };
    }

    /// <summary>Counts the parts, beginning where this process is to begin, and passes over those that were counted before or are
    /// counted by others in the meantime.</summary>
    private async Task<List<T>> ForEachPartAsync<T>(
        Func<string, T?> read, Func<IEnumerable<Box3>, Action<long>, Task<T>> count, Action<string, T> write, IProgress<long>? progress)
        where T : class
    {
        int parts = (int)Math.Clamp(_pieces.Bytes / _options.PartBytes, 1, Math.Min(MostParts, _pieces.Count));
        int begin = (int)(Parts?.Begin * parts ?? 0);
        List<T> all = [];
        long voxels = 0;
        for (int i = 0; i < parts; i++)
        {
            Drain.ThrowIfCancellationRequested();
            int part = (begin + i) % parts;
            (long first, long end) = (part * _pieces.Count / parts, (part + 1) * _pieces.Count / parts);
            string name = $"{part}-of-{parts}";
            if (parts > 1 && read(name) is T before)
            {
                all.Add(before);
                Done(Boxes(first, end).Sum(box => box.Shape.VoxelCount));
                continue;
            }

            T counted = await count(Boxes(first, end), Done);
            all.Add(counted);
            if (parts > 1)
            {
                write(name, counted); // a single part is counted again as fast as it is read
            }
        }

        return all;

        void Done(long more)
        {
            voxels += more;
            progress?.Report(voxels);
        }
    }

    private IEnumerable<Box3> Boxes(long first, long end)
    {
        for (long i = first; i < end; i++)
        {
            yield return _pieces[i];
        }
    }

    /// <summary>One block is counted while the next one is read: two are held.</summary>
    private async Task ForEachBlockAsync(
        ReadableBlocks blocks, IEnumerable<Box3> pieces, Action<VolumeBlock> count, Action<long> done, CancellationToken cancellationToken)
    {
        VolumeBlock? ahead = null;
        Task counting = Task.CompletedTask;
        VolumeBlock? counted = null;
        try
        {
            foreach (Box3 box in pieces.SelectMany(BlocksOf))
            {
                await foreach (VolumeBlock next in blocks.ReadAsync(box, cancellationToken))
                {
                    ahead = next;
                    await counting;
                    counted?.Dispose();
                    VolumeBlock block = counted = ahead;
                    ahead = null;
                    counting = Task.Run(() => count(block), cancellationToken);
                }

                done(box.Shape.VoxelCount);
            }

            await counting;
        }
        finally
        {
            await counting.ContinueWith(static _ => { }, TaskScheduler.Default); // never leave the block to its counter
            ahead?.Dispose();
            counted?.Dispose();
        }
    }

    /// <summary>Cuts a piece into blocks of the size that may be held.</summary>
    private IEnumerable<Box3> BlocksOf(Box3 piece)
    {
        ChunkGrid grid = new(_volume.Info.Shape, PieceList.WholeChunks(_volume.Info, _options.BlockBytes));
        return grid.Touching(piece).Select(index => grid.BoxOf(index).Intersect(piece));
    }
}
