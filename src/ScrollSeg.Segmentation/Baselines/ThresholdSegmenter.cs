using System.Globalization;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Baselines;

/// <summary>Foreground is what reaches a grey value, or what stays below it. Exact: probability 0 or 1.</summary>
public sealed class ThresholdSegmenter : ISliceSegmenter
{
    private readonly double _threshold;
    private readonly bool _below;

    /// <summary>Creates the segmenter.</summary>
    /// <param name="threshold">In the volume's own grey values.</param>
    /// <param name="below">Foreground is what is darker than the threshold, not what reaches it.</param>
    /// <param name="identity">What the run's records call it.</param>
    public ThresholdSegmenter(double threshold, bool below, string? identity = null)
    {
        (_threshold, _below) = (threshold, below);
        Identity = identity ?? string.Create(CultureInfo.InvariantCulture, $"threshold:{threshold}{(below ? ":below" : "")}");
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public ScoreKind Scores => ScoreKind.Probability;

    /// <inheritdoc/>
    public int? ViewSide => null;

    /// <inheritdoc/>
    public int MaxChannels => 1;

    /// <inheritdoc/>
    public bool AllowsConcurrentCalls => true;

    /// <inheritdoc/>
    public long WorkingBytes(int tileCount, int side) => sizeof(double) * (long)side;

    /// <inheritdoc/>
    public void Segment(TileBatch tiles, Span<float> scores)
    {
        int side = tiles.Side;
        double[] row = new double[side];
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            for (int y = 0; y < side; y++)
            {
                VoxelConversion.ToDouble(tiles.Voxels.Row(tile, y), tiles.Voxels.Type, row);
                Span<float> result = scores.Slice(((tile * side) + y) * side, side);
                for (int x = 0; x < side; x++)
                {
                    result[x] = row[x] >= _threshold != _below ? 1 : 0;
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

    private static void ClearNaN(ReadOnlySpan<double> values, Span<float> result)
    {
        for (int x = 0; x < values.Length; x++)
        {
            result[x] = double.IsNaN(values[x]) ? 0 : result[x];
        }
    }
}
