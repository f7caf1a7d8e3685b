using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Grey values in the steps of the volume's histogram: exact for integers of 8 and 16 bits.</summary>
/// <param name="Low">Grey value of the first step.</param>
/// <param name="Step">Grey values from one step to the next.</param>
/// <param name="Count">How many steps.</param>
/// <param name="ZeroIsEmpty">Whether zero means that there is no data.</param>
internal sealed record GreyLevels(double Low, double Step, int Count, bool ZeroIsEmpty)
{
    /// <summary>The steps that occur in the volume; entropy is taken in 256 bins of them.</summary>
    public (int First, int Last) Occupied { get; private init; }

    public static GreyLevels Of(VolumeStatistics statistics)
    {
        VolumeHistogram histogram = statistics.Histogram;
        int first = Math.Max(0, Array.FindIndex(histogram.Counts, count => count > 0));
        int last = Math.Max(first, Array.FindLastIndex(histogram.Counts, count => count > 0));
        return new GreyLevels(histogram.First, histogram.Step, histogram.Counts.Length, statistics.ZeroIsEmpty) { Occupied = (first, last) };
    }

    /// <summary>The step of a grey value; -1 where there is no data.</summary>
    public int Of(double grey) =>
        double.IsNaN(grey) || (ZeroIsEmpty && grey == 0) ? -1 : (int)Math.Clamp(Math.Round((grey - Low) / Step), 0, Count - 1);

    /// <summary>The bin of entropy that a step falls into.</summary>
    public int EntropyBinOf(int level) =>
        (int)Math.Clamp((level - Occupied.First) * 256L / (Occupied.Last - Occupied.First + 1), 0, 255);
}

/// <summary>Counts the grey levels of one slice, block by block. Whole numbers only, so that no order matters.</summary>
internal sealed class SliceCounter(GreyLevels levels, VolumeInfo info)
{
    private readonly uint[] _counts = new uint[levels.Count];
    private double[] _row = [];
    private int[] _levels = [];
    private long _voxels;
    private long _pairs;
    private Int128 _squares; // of the differences between neighbours, in levels

    public void Add(VolumeBlock block, int z)
    {
        int width = block.Box.Shape.X;
        int bytes = info.Type.ByteSize();
        (_row, _levels) = _row.Length >= width ? (_row, _levels) : (new double[width], new int[width]);
        for (int y = 0; y < block.Box.Shape.Y; y++)
        {
            Span<int> row = _levels.AsSpan(0, width);
            row.Fill(-1);
            foreach ((int start, int end) in block.PresentRuns(z, y))
            {
                Span<double> grey = _row.AsSpan(0, end - start);
                VoxelConversion.ToDouble(block.Voxels.Row(z, y)[(start * bytes)..(end * bytes)], info.Type, grey);
                for (int x = start; x < end; x++)
                {
                    row[x] = levels.Of(grey[x - start]);
                }
            }

            _voxels += width;
            Count(row, block.Box.Start.X);
        }
    }

    public SliceFigures ToFigures((double Low, double High) percentiles)
    {
        VolumeHistogram histogram = new(levels.Low, levels.Step, [.. _counts.Select(count => (long)count)]);
        double total = histogram.Total;
        if (total == 0)
        {
            return new SliceFigures(levels.Low, 0, 0, 0, 0) { Low = levels.Low, High = levels.Low };
        }

        (double mean, double square) = (0, 0);
        for (int level = 0; level < _counts.Length; level++)
        {
            mean += level * (_counts[level] / total);
        }

        for (int level = 0; level < _counts.Length; level++)
        {
            square += Math.Pow(level - mean, 2) * (_counts[level] / total);
        }

        double[] shares = new double[256];
        for (int level = 0; level < _counts.Length; level++)
        {
            shares[levels.EntropyBinOf(level)] += _counts[level] / total;
        }

        double entropy = -shares.Where(share => share > 0).Sum(share => share * Math.Log2(share));
        double sharpness = _pairs == 0 ? 0 : (double)_squares / _pairs * levels.Step * levels.Step;
        return new SliceFigures(levels.Low + (mean * levels.Step), Math.Sqrt(square) * levels.Step, entropy, sharpness, total / _voxels)
        {
            Low = histogram.Quantile(percentiles.Low / 100),
            High = histogram.Quantile(percentiles.High / 100),
        };
    }

    private void Count(ReadOnlySpan<int> row, int left)
    {
        long squares = 0;
        for (int x = 0; x < row.Length; x++)
        {
            if (row[x] < 0)
            {
                continue;
            }

            _counts[row[x]]++;
            if (x > 0 && row[x - 1] >= 0 && (left + x) % info.ChunkShape.X != 0)
            {
                long difference = row[x] - row[x - 1];
                squares += difference * difference;
                _pairs++;
            }
        }

        _squares += squares;
    }
}
