namespace ScrollSeg.Segmentation.Stitching;

/// <summary>How far several groups that speak for one target are apart at each voxel: the standard deviation of their
/// probabilities.</summary>
/// <remarks>As a grey level it is floor(2 * 255 * deviation + 0.5): probabilities between 0 and 1 deviate by 0.5 at most. Groups that agree
/// have a spread of exactly 0. Groups come one after the other, and each gives every row once. Not thread-safe.</remarks>
public sealed class GroupSpread
{
    private readonly int _width;
    private readonly double[] _first;   // of the first group
    private readonly double[] _sum;     // of the differences from it
    private readonly double[] _squares; // of their squares

    /// <summary>Starts with nothing added.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public GroupSpread(int height, int width)
    {
        _width = width;
        int plane = checked(height * width);
        (_first, _sum, _squares) = (new double[plane], new double[plane], new double[plane]);
    }

    /// <summary>Bytes that a spread of this size holds.</summary>
    public static long BytesHeld(long plane) => 3L * sizeof(double) * plane;

    /// <summary>A standard deviation as it is stored.</summary>
    public static byte ToByte(double deviation) => Probability.ToByte(Math.Min(1, 2 * deviation));

    /// <summary>What was stored, as a standard deviation.</summary>
    public static double FromByte(byte level) => level / 510.0;

    /// <summary>The variance of some values.</summary>
    /// <param name="count">How many.</param>
    /// <param name="sum">Sum of their differences from one of them.</param>
    /// <param name="squares">Sum of the squares of these.</param>
    public static double Variance(int count, double sum, double squares) => Math.Max(0, (squares - (sum * sum / count)) / count);

    /// <summary>Adds a row of a group.</summary>
    /// <param name="group">Number of the group among those of the target, from 0.</param>
    /// <param name="row">Number of the row.</param>
    /// <param name="probabilities">Its values.</param>
    public void Add(int group, int row, ReadOnlySpan<double> probabilities)
    {
        int at = row * _width;
        if (group == 0)
        {
            probabilities.CopyTo(_first.AsSpan(at, _width));
            _sum.AsSpan(at, _width).Clear();
            _squares.AsSpan(at, _width).Clear();
            return;
        }

        for (int x = 0; x < _width; x++)
        {
            double difference = probabilities[x] - _first[at + x];
            _sum[at + x] += difference;
            _squares[at + x] += difference * difference;
        }
    }

    /// <summary>The spread at a voxel, once all groups have given its row.</summary>
    /// <param name="count">Groups that spoke.</param>
    /// <param name="row">Number of the row.</param>
    /// <param name="x">Number of the column.</param>
    public byte LevelAt(int count, int row, int x) =>
        ToByte(Math.Sqrt(Variance(count, _sum[(row * _width) + x], _squares[(row * _width) + x])));
}
