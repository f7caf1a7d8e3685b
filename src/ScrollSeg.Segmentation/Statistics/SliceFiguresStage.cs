using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>
/// Streams the layers of chunks that hold some slices once and measures each of these: all voxels where that is affordable, else the
/// same chunk columns in every slice, evenly spread, so that slices stay comparable.
/// </summary>
/// <remarks>Grey values are counted in the steps of the volume's histogram, in whole numbers: the figures do not depend on the
/// order of reading. Sharpness looks at neighbours within a chunk.</remarks>
internal sealed class SliceFiguresStage
{
    private readonly VolumeReader _volume;
    private readonly Box3 _region;
    private readonly int[] _slices;
    private readonly VolumeStatistics _statistics;
    private readonly StatisticsOptions _options;
    private readonly (double Low, double High) _percentiles;

    /// <param name="volume">The volume; stays the caller's.</param>
    /// <param name="region">The part of each slice that is looked at.</param>
    /// <param name="slices">Which slices, ascending.</param>
    /// <param name="statistics">Of the whole volume: its extremes, and whether zero is no data.</param>
    /// <param name="options">How much is read, and how much memory may be held.</param>
    /// <param name="percentiles">Which two percentiles are found for each slice, in per cent.</param>
    public SliceFiguresStage(
        VolumeReader volume,
        Box3 region,
        IEnumerable<int> slices,
        VolumeStatistics statistics,
        StatisticsOptions options,
        (double Low, double High) percentiles)
    {
        (_volume, _region, _slices) = (volume, region, [.. slices]);
        (_statistics, _options, _percentiles) = (statistics, options, percentiles);
    }

    /// <summary>Slices that are measured.</summary>
    public int Slices => _slices.Length;

    /// <summary>The stage that a request needs: for a filter that ranks slices, or for intensities of their own; else
    /// <see langword="null"/>.</summary>
    public static SliceFiguresStage? For(
        VolumeReader volume, Box3 region, SegmentOptions wanted, VolumeStatistics statistics, StatisticsOptions options)
    {
        (double Low, double High)? percentiles = wanted.Intensity.SlicePercentiles;
        if (percentiles is null && !wanted.Strategy.NeedsFigures)
        {
            return null;
        }

        // any slice may be a source where each has intensities of its own
        int count = volume.Info.Shape.Z;
        IEnumerable<int> slices = percentiles is null
            ? wanted.Strategy.SlicesToMeasure(count, region.Start.Z, region.End.Z)
            : Enumerable.Range(0, count);
        PercentileIntensity otherwise = new();
        return new SliceFiguresStage(volume, region, slices, statistics, options, percentiles ?? (otherwise.Low, otherwise.High));
    }

    /// <summary>Measures.</summary>
    /// <param name="progress">Receives the slices measured so far.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <returns>The figures of each slice.</returns>
    public async Task<IReadOnlyDictionary<int, SliceFigures>> RunAsync(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        Dictionary<int, SliceFigures> figures = [];
        int chunk = _volume.Info.ChunkShape.Z;
        GreyLevels levels = GreyLevels.Of(_statistics);
        List<Box3> columns = [.. ChooseColumns()];
        ReadableBlocks blocks = new(_volume);
        foreach (IGrouping<int, int> layer in _slices.GroupBy(slice => slice / chunk))
        {
            Dictionary<int, SliceCounter> counters = layer.ToDictionary(slice => slice, _ => new SliceCounter(levels, _volume.Info));
            (int first, int end) = (layer.First(), layer.Last() + 1);
            foreach (Box3 column in columns)
            {
                await foreach (VolumeBlock read in blocks.ReadAsync(column.With(Axis.Z, first, end - first), cancellationToken))
                {
                    using VolumeBlock block = read;
                    Parallel.ForEach(counters, counter => counter.Value.Add(block, counter.Key - first));
                }
            }

            foreach ((int slice, SliceCounter counter) in counters)
            {
                figures.Add(slice, counter.ToFigures(_percentiles));
            }

            progress?.Report(figures.Count);
        }

        return figures;
    }

    /// <summary>Boxes of whole chunks across the slices; their z range is ignored.</summary>
    private IEnumerable<Box3> ChooseColumns()
    {
        VolumeInfo info = _volume.Info;
        long sliceBytes = _region.Shape.PlaneCount * info.Type.ByteSize();
        long layers = _slices.Select(slice => slice / info.ChunkShape.Z).Distinct().LongCount();
        double affordable = _options.Mode == StatisticsMode.Exact ? 1
            : _options.AffordableBytes / ((double)layers * info.ChunkShape.Z * sliceBytes);
        ChunkGrid grid = new(info.Shape, affordable >= 1 ? LargeBlock() : info.ChunkShape);
        List<Box3> all =
        [
            .. grid.Touching(_region.With(Axis.Z, _region.Start.Z, 1)).Select(index => grid.BoxOf(index).Intersect(_region)),
        ];
        int count = affordable >= 1 ? all.Count : Math.Max(1, (int)(all.Count * affordable));
        return Enumerable.Range(0, count).Select(i => all[(int)(((2L * i) + 1) * all.Count / (2L * count))]);
    }

    /// <summary>Chunks side by side, up to the memory that may be held.</summary>
    private Shape3 LargeBlock()
    {
        VolumeInfo info = _volume.Info;
        Shape3 block = info.ChunkShape;
        while (block.VoxelCount * 2 * info.Type.ByteSize() <= _options.BlockBytes && (block.X < info.Shape.X || block.Y < info.Shape.Y))
        {
            block = block.X < info.Shape.X ? block with { X = checked(block.X * 2) } : block with { Y = checked(block.Y * 2) };
        }

        return block;
    }
}
