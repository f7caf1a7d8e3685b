namespace ScrollSeg.Segmentation.Stitching;

/// <summary>
/// Puts the tiles of one slice together: at each voxel the weighted mean of the tiles that cover it.
/// </summary>
/// <remarks>
/// The mean is the first tile's value plus the weighted mean of the differences from it. Where all tiles agree the
/// differences are zero, and their value comes back bit for bit, whatever the weights. Tiles come in raster order, which
/// is the same for every part of a volume; so is the result. Rows that no further tile can touch leave at once: the
/// memory held is a band of one tile's height, 24 bytes per voxel of it. Not thread-safe.
/// </remarks>
public sealed class SliceStitcher
{
    private readonly TileGrid _rows;
    private readonly TileGrid _columns;
    private readonly double[] _profile;
    private readonly int _rowStart;
    private readonly int _rowEnd;
    private readonly int _columnStart;
    private readonly int _width;
    private readonly double[] _first;    // the first tile's value, [Side, width], a ring of rows
    private readonly double[] _excess;   // sum of weight times difference from the first value
    private readonly double[] _weight;   // sum of weights; 0 where no tile came yet
    private int _nextRow;                // first row of the slice that has not left

    /// <summary>Starts with nothing stitched.</summary>
    /// <param name="rows">Tiles along y.</param>
    /// <param name="columns">Tiles along x.</param>
    /// <param name="window">Weights within a tile.</param>
    /// <param name="rowRange">Rows of the slice wanted, first and end.</param>
    /// <param name="columnRange">Columns of the slice wanted, first and end.</param>
    public SliceStitcher(
        TileGrid rows, TileGrid columns, TileWindow window, (int Start, int End) rowRange, (int Start, int End) columnRange)
    {
        (_rows, _columns) = (rows, columns);
        _profile = [.. window.Profile];
        (_rowStart, _rowEnd) = rowRange;
        _columnStart = columnRange.Start;
        _width = columnRange.End - columnRange.Start;
        int bandVoxels = checked(rows.Side * _width);
        _first = new double[bandVoxels];
        _excess = new double[bandVoxels];
        _weight = new double[bandVoxels];
        _nextRow = _rowStart;
    }

    /// <summary>Bytes that a stitcher of this size holds.</summary>
    public static long BytesHeld(int side, int width) => 24L * side * width;

    /// <summary>Begins another slice.</summary>
    public void Reset()
    {
        Array.Clear(_weight);
        _nextRow = _rowStart;
    }

    /// <summary>Adds a tile. Tiles come row by row, and within a row from left to right.</summary>
    /// <param name="tileRow">Number of the tile along y.</param>
    /// <param name="tileColumn">Number of the tile along x.</param>
    /// <param name="probabilities">The tile's values, <c>[Side, Side]</c>.</param>
    /// <param name="emit">Receives the rows that are finished before this tile row begins.</param>
    public void Add(int tileRow, int tileColumn, ReadOnlySpan<float> probabilities, RowAction emit)
    {
        int side = _rows.Side;
        int top = _rows.StartOf(tileRow);
        int left = _columns.StartOf(tileColumn);
        EmitUntil(Math.Min(top, _rowEnd), emit);

        int firstColumn = Math.Max(left, _columnStart);
        int endColumn = Math.Min(Math.Min(left + side, _columns.Extent), _columnStart + _width);
        for (int y = Math.Max(top, _rowStart); y < Math.Min(top + side, _rowEnd); y++)
        {
            int band = ((y % side) * _width) - _columnStart;
            int tile = ((y - top) * side) - left;
            AddRow(
                probabilities[(tile + firstColumn)..(tile + endColumn)],
                _profile.AsSpan(firstColumn - left, endColumn - firstColumn),
                _profile[y - top],
                band + firstColumn);
        }
    }

    /// <summary>Hands out the rows that are left, once the last tile was added.</summary>
    public void Finish(RowAction emit) => EmitUntil(_rowEnd, emit);

    private void AddRow(ReadOnlySpan<float> values, ReadOnlySpan<double> weights, double rowWeight, int at)
    {
        Span<double> first = _first.AsSpan(at, values.Length);
        Span<double> excess = _excess.AsSpan(at, values.Length);
        Span<double> weight = _weight.AsSpan(at, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            double w = rowWeight * weights[i];
            if (weight[i] == 0)
            {
                first[i] = values[i];
                excess[i] = 0;
                weight[i] = w;
            }
            else
            {
                excess[i] += w * (values[i] - first[i]);
                weight[i] += w;
            }
        }
    }

    private void EmitUntil(int end, RowAction emit)
    {
        for (; _nextRow < end; _nextRow++)
        {
            int band = (_nextRow % _rows.Side) * _width;
            Span<double> result = _first.AsSpan(band, _width);
            Span<double> weight = _weight.AsSpan(band, _width);
            for (int i = 0; i < _width; i++)
            {
                if (weight[i] == 0)
                {
                    throw new InvalidOperationException(
                        $"No tile covers row {_nextRow}, column {_columnStart + i} of the slice.");
                }

                result[i] += _excess[band + i] / weight[i];
            }

            emit(_nextRow, result);
            weight.Clear();
        }
    }
}

/// <summary>Receives a finished row of a slice: probabilities, 0 to 1.</summary>
public delegate void RowAction(int row, ReadOnlySpan<double> probabilities);
