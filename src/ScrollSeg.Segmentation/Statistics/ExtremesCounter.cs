using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Smallest and largest value of the measured voxels, not counting NaN and infinities.</summary>
internal sealed class ExtremesCounter(VoxelType type)
{
    private double[] _row = [];
    private double _low = double.PositiveInfinity;
    private double _high = double.NegativeInfinity;

    public Extremes ToPart() => _low <= _high ? new Extremes(_low, _high) : new Extremes(null, null);

    public void Add(VolumeBlock block)
    {
        int bytes = type.ByteSize();
        _row = _row.Length >= block.Box.Shape.X ? _row : new double[block.Box.Shape.X];
        for (int z = 0; z < block.Box.Shape.Z; z++)
        {
            for (int y = 0; y < block.Box.Shape.Y; y++)
            {
                foreach ((int start, int end) in block.PresentRuns(z, y))
                {
                    Span<double> values = _row.AsSpan(0, end - start);
                    VoxelConversion.ToDouble(block.Voxels.Row(z, y)[(start * bytes)..(end * bytes)], type, values);
                    AddValues(values);
                }
            }
        }
    }

    private void AddValues(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                _low = Math.Min(_low, value);
                _high = Math.Max(_high, value);
            }
        }
    }
}
