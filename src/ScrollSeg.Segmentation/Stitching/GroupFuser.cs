namespace ScrollSeg.Segmentation.Stitching;

/// <summary>Fuses what several groups say about the voxels of one target; voxels are independent of each other.</summary>
/// <remarks>Groups come one after the other, and each gives every row once. Not thread-safe.</remarks>
public sealed class GroupFuser
{
    private const double SurestLogit = 17; // of a float next to 1: surer ones would count without bound

    private readonly GroupFusion _fusion;
    private readonly int _firstForeground;
    private readonly int _width;
    private readonly double[] _first;   // of the first group; for the maximum, the largest so far
    private readonly double[] _excess;  // sum of the differences from it
    private readonly float[][] _groups; // what each group said, where all of it is needed
    private readonly float[] _column;

    /// <summary>Starts with nothing fused.</summary>
    /// <param name="fusion">How.</param>
    /// <param name="count">Groups at most.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="threshold">Probability from which on a voxel is foreground.</param>
    public GroupFuser(GroupFusion fusion, int count, int height, int width, double threshold)
    {
        (_fusion, _width) = (fusion, width);
        _firstForeground = Probability.FirstForegroundLevel(threshold);
        int plane = checked(height * width);
        _first = KeepsAll ? [] : new double[plane];
        _excess = fusion is GroupFusion.Mean or GroupFusion.Logits ? new double[plane] : [];
        _groups = KeepsAll ? [.. Enumerable.Range(0, count).Select(_ => new float[plane])] : [];
        _column = new float[count];
    }

    private bool KeepsAll => _fusion is GroupFusion.Median or GroupFusion.Majority;

    /// <summary>Bytes that a fuser of this size holds.</summary>
    public static long BytesHeld(GroupFusion fusion, int count, long plane) => plane * fusion switch
    {
        GroupFusion.Maximum => sizeof(double),
        GroupFusion.Mean or GroupFusion.Logits => 2L * sizeof(double),
        _ => (long)count * sizeof(float),
    };

    /// <summary>Adds a row of a group.</summary>
    /// <param name="group">Number of the group among those of the target, from 0.</param>
    /// <param name="row">Number of the row.</param>
    /// <param name="probabilities">Its values.</param>
    public void Add(int group, int row, ReadOnlySpan<double> probabilities)
    {
        int at = row * _width;
        if (KeepsAll)
        {
            Span<float> kept = _groups[group].AsSpan(at, _width);
            for (int x = 0; x < _width; x++)
            {
                kept[x] = (float)probabilities[x];
            }

            return;
        }

        Span<double> first = _first.AsSpan(at, _width);
        if (group == 0)
        {
            probabilities.CopyTo(first);
            if (_excess.Length > 0)
            {
                _excess.AsSpan(at, _width).Clear();
            }

            return;
        }

        for (int x = 0; x < _width; x++)
        {
            switch (_fusion)
            {
                case GroupFusion.Mean:
                    _excess[at + x] += probabilities[x] - first[x];
                    break;
                case GroupFusion.Logits:
                    _excess[at + x] += Logit(probabilities[x]) - Logit(first[x]);
                    break;
                default:
                    first[x] = Math.Max(first[x], probabilities[x]);
                    break;
            }
        }
    }

    /// <summary>What the groups say together about a row, once all have given it.</summary>
    /// <param name="count">Groups that spoke.</param>
    /// <param name="row">Number of the row.</param>
    /// <param name="fused">Receives the probabilities.</param>
    public void Fuse(int count, int row, Span<double> fused)
    {
        int at = row * _width;
        for (int x = 0; x < _width; x++)
        {
            fused[x] = _fusion switch
            {
                GroupFusion.Mean => _first[at + x] + (_excess[at + x] / count),
                GroupFusion.Logits when _excess[at + x] == 0 => _first[at + x],
                GroupFusion.Logits => 1 / (1 + Math.Exp(-(Logit(_first[at + x]) + (_excess[at + x] / count)))),
                GroupFusion.Maximum => _first[at + x],
                GroupFusion.Median => Median(Column(count, at + x)),
                _ => Majority(Column(count, at + x)),
            };
        }
    }

    private static double Logit(double probability) =>
        Math.Clamp(Math.Log(probability / (1 - probability)), -SurestLogit, SurestLogit);

    private Span<float> Column(int count, int voxel)
    {
        for (int group = 0; group < count; group++)
        {
            _column[group] = _groups[group][voxel];
        }

        return _column.AsSpan(0, count);
    }

    private static double Median(Span<float> values)
    {
        values.Sort();
        (double lower, double upper) = (values[(values.Length - 1) / 2], values[values.Length / 2]);
        return lower + ((upper - lower) / 2);
    }

    /// <summary>Votes are counted as the mask will count them, after rounding to grey levels: so the mask is the majority's.</summary>
    private double Majority(ReadOnlySpan<float> values)
    {
        int foreground = 0;
        foreach (float value in values)
        {
            foreground += IsForeground(value) ? 1 : 0;
        }

        bool winner = 2 * foreground > values.Length;
        (double first, double excess, int count) = (double.NaN, 0, 0);
        foreach (float value in values)
        {
            if (IsForeground(value) == winner)
            {
                first = count == 0 ? value : first;
                excess += value - first;
                count++;
            }
        }

        return first + (excess / count);
    }

    private bool IsForeground(float value) => Probability.ToByte(value) >= _firstForeground;
}
