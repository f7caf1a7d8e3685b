using System.Globalization;
using System.Numerics.Tensors;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Baselines;

/// <summary>Foreground is what reaches a grey value, or what stays below it; of several slices their mean does. Exact: probability 0
/// or 1.</summary>
public sealed class ThresholdSegmenter : ISliceSegmenter
{
    private readonly Lazy<double> _threshold;
    private readonly bool _below;
    private readonly Func<double, string> _identity;

    /// <summary>Creates the segmenter.</summary>
    /// <param name="threshold">In the volume's own grey values.</param>
    /// <param name="below">Foreground is what is darker than the threshold, not what reaches it.</param>
    public ThresholdSegmenter(double threshold, bool below)
        : this(
            new Lazy<double>(threshold),
            below,
            value => string.Create(CultureInfo.InvariantCulture, $"threshold:{value}{(below ? ":below" : "")}"))
    {
    }

    /// <summary>Creates a segmenter whose threshold is found when it is first needed.</summary>
    internal ThresholdSegmenter(Lazy<double> threshold, bool below, Func<double, string> identity) =>
        (_threshold, _below, _identity) = (threshold, below, identity);

    /// <inheritdoc/>
    public string Identity => _identity(_threshold.Value);

    /// <inheritdoc/>
    public ScoreKind Scores => ScoreKind.Probability;

    /// <inheritdoc/>
    public int? ViewSide => null;

    /// <inheritdoc/>
    public int MaxChannels => int.MaxValue;

    /// <inheritdoc/>
    public bool AllowsConcurrentCalls => true;

    /// <inheritdoc/>
    public bool IsPointwise => true;

    /// <inheritdoc/>
    public long WorkingBytes(int tileCount, int side) => 2 * sizeof(double) * (long)side;

    /// <inheritdoc/>
    public void Segment(TileBatch tiles, Span<float> scores)
    {
        int side = tiles.Side;
        double threshold = _threshold.Value;
        double[] row = new double[side];
        double[] more = new double[tiles.Channels > 1 ? side : 0];
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            for (int y = 0; y < side; y++)
            {
                Mean(tiles, tile, y, row, more);
                Span<float> result = scores.Slice(((tile * side) + y) * side, side);
                for (int x = 0; x < side; x++)
                {
                    result[x] = row[x] >= threshold != _below ? 1 : 0;
                }

                if (_below && tiles.Voxels.Type.IsFloat())
                {
                    ClearNaN(row, result);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>A row of a tile, averaged over its slices.</summary>
    private static void Mean(TileBatch tiles, int tile, int y, double[] row, double[] more)
    {
        VoxelConversion.ToDouble(tiles.Voxels.Row(tile * tiles.Channels, y), tiles.Voxels.Type, row);
        for (int k = 1; k < tiles.Channels; k++)
        {
            VoxelConversion.ToDouble(tiles.Voxels.Row((tile * tiles.Channels) + k, y), tiles.Voxels.Type, more);
            TensorPrimitives.Add<double>(row, more, row);
        }

        if (tiles.Channels > 1)
        {
            TensorPrimitives.Divide(row, tiles.Channels, row);
        }
    }

    private static void ClearNaN(ReadOnlySpan<double> values, Span<float> result)
    {
        for (int x = 0; x < values.Length; x++)
        {
            result[x] = double.IsNaN(values[x]) ? 0 : result[x];
        }
    }
}
