using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Fuses what directions say, row by row: of the directions that have an answer at a voxel. Where none has, the output is
/// background. Not thread-safe.</summary>
/// <remarks>A row runs along x. Directions along z and y have an answer for all of it or for none; the one along x may have one at some
/// voxels only, so that a row is fused with it and without it.</remarks>
internal sealed class DirectionFuser
{
    private static readonly double[] Probabilities = [.. Enumerable.Range(0, 256).Select(level => level / 255.0)];

    private readonly GroupFuser _fuser;
    private readonly IReadOnlyList<FilledBox> _boxes;
    private readonly double[] _values;
    private readonly double[] _fused;
    private readonly double[] _first;
    private readonly double[] _sum;
    private readonly double[] _squares;
    private readonly double[] _within;
    private readonly byte[] _levels;
    private readonly byte[] _spread;

    /// <param name="fusion">How.</param>
    /// <param name="threshold">Probability from which on a voxel is foreground.</param>
    /// <param name="boxes">What the directions say.</param>
    /// <param name="width">Voxels in a row.</param>
    public DirectionFuser(GroupFusion fusion, double threshold, IReadOnlyList<FilledBox> boxes, int width)
    {
        _boxes = boxes;
        _fuser = new GroupFuser(fusion, boxes.Count, 1, width, threshold);
        (_first, _sum, _squares, _within) = (new double[width], new double[width], new double[width], new double[width]);
        (_values, _fused, _levels, _spread) = (new double[width], new double[width], new byte[width], new byte[width]);
    }

    /// <summary>Fuses a row.</summary>
    /// <param name="start">Its first voxel in the output.</param>
    /// <param name="levels">Receives the grey levels.</param>
    /// <param name="spread">Receives the spread; empty if it is not wanted.</param>
    public void FuseRow((int Z, int Y, int X) start, Span<byte> levels, Span<byte> spread)
    {
        List<FilledBox> whole = [.. _boxes.Where(box => box.Frame.Normal != Axis.X && box.SpeaksAt(start))];
        FilledBox? across = _boxes.FirstOrDefault(box => box.Frame.Normal == Axis.X);
        Fuse(whole, start, levels, spread);
        if (across is null)
        {
            return;
        }

        Span<byte> with = _levels.AsSpan(0, levels.Length);
        Span<byte> spreadWith = spread.IsEmpty ? default : _spread.AsSpan(0, levels.Length);
        Fuse([.. whole, across], start, with, spreadWith);
        for (int x = 0; x < levels.Length; x++)
        {
            if (across.SpeaksAt((start.Z, start.Y, start.X + x)))
            {
                levels[x] = with[x];
                if (!spread.IsEmpty)
                {
                    spread[x] = spreadWith[x];
                }
            }
        }
    }

    private void Fuse(List<FilledBox> boxes, (int Z, int Y, int X) start, Span<byte> levels, Span<byte> spread)
    {
        if (boxes.Count == 0)
        {
            levels.Clear();
            spread.Clear();
            return;
        }

        for (int i = 0; i < boxes.Count; i++)
        {
            ReadOnlySpan<byte> row = boxes[i].LevelsFrom(start);
            for (int x = 0; x < levels.Length; x++)
            {
                _values[x] = Probabilities[row[x]];
            }

            _fuser.Add(i, 0, _values);
        }

        _fuser.Fuse(boxes.Count, 0, _fused);
        for (int x = 0; x < levels.Length; x++)
        {
            levels[x] = Probability.ToByte(_fused[x]);
        }

        if (!spread.IsEmpty)
        {
            TakeSpread(boxes, start, spread);
        }
    }

    /// <summary>The variance of everything that was said is the mean of the variances within the directions plus the variance between
    /// them.</summary>
    private void TakeSpread(List<FilledBox> boxes, (int Z, int Y, int X) start, Span<byte> spread)
    {
        (double[] first, double[] sum, double[] squares, double[] within) = (_first, _sum, _squares, _within);
        foreach (double[] values in new[] { sum, squares, within })
        {
            values.AsSpan().Clear();
        }

        for (int i = 0; i < boxes.Count; i++)
        {
            ReadOnlySpan<byte> row = boxes[i].LevelsFrom(start);
            ReadOnlySpan<byte> own = boxes[i].SpreadFrom(start);
            for (int x = 0; x < spread.Length; x++)
            {
                double value = Probabilities[row[x]];
                first[x] = i == 0 ? value : first[x];
                double difference = value - first[x];
                sum[x] += difference;
                squares[x] += difference * difference;
                double deviation = own.IsEmpty ? 0 : GroupSpread.FromByte(own[x]);
                within[x] += deviation * deviation;
            }
        }

        for (int x = 0; x < spread.Length; x++)
        {
            spread[x] = GroupSpread.ToByte(Math.Sqrt(GroupSpread.Variance(boxes.Count, sum[x], squares[x]) + (within[x] / boxes.Count)));
        }
    }
}
