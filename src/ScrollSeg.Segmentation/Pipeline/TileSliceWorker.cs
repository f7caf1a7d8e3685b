using System.Numerics.Tensors;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>
/// Cuts slices of one unit into tiles, sends them through the segmenter in full batches, which may span slices, and
/// stitches what comes back. Synchronous; one thread at a time.
/// </summary>
internal sealed class TileSliceWorker : SliceWorker
{
    private readonly ISliceSegmenter _segmenter;
    private readonly SegmentUnit _unit;
    private readonly SliceStitcher _stitcher;
    private readonly VoxelBuffer _tiles;
    private readonly float[] _scores;
    private readonly TileBatch _batch;
    private readonly Queue<(SliceTask Slice, int Row, int Column)> _pending = new();
    private readonly (int First, int Count) _tileRows;
    private readonly (int First, int Count) _tileColumns;

    public TileSliceWorker(SegmentPlan plan, SegmentUnit unit, ISliceSegmenter segmenter, VoxelAllocator? allocator)
        : base(plan, unit)
    {
        (_unit, _segmenter) = (unit, segmenter);
        (int Start, int End) rows = (Target.Start.Y, Target.End.Y);
        (int Start, int End) columns = (Target.Start.X, Target.End.X);
        _tileRows = plan.TileRows.Covering(rows.Start, rows.End);
        _tileColumns = plan.TileColumns.Covering(columns.Start, columns.End);
        _stitcher = new SliceStitcher(plan.TileRows, plan.TileColumns, TileWindow.Gaussian(plan.Tile), rows, columns);
        int channels = plan.Strategy.Channels;
        _tiles = VoxelBuffer.Rent(new Shape3(plan.Batch * channels, plan.Tile, plan.Tile), plan.Volume.Type, allocator);
        _tiles.Clear();
        _batch = new TileBatch(_tiles, channels, plan.Intensity);
        _scores = new float[plan.Batch * plan.Tile * plan.Tile];
    }

    /// <inheritdoc/>
    public override void Add(SliceTask slice)
    {
        MarkUnsupported(slice);
        for (int row = 0; row < _tileRows.Count; row++)
        {
            for (int column = 0; column < _tileColumns.Count; column++)
            {
                (int tileRow, int tileColumn) = (_tileRows.First + row, _tileColumns.First + column);
                TileCutter.Cut(Plan, slice, tileRow, tileColumn, _tiles, _pending.Count);
                _pending.Enqueue((slice, tileRow, tileColumn));
                if (_pending.Count == Plan.Batch)
                {
                    Flush();
                }
            }
        }
    }

    /// <summary>Sends what is left through the segmenter, in a batch of the usual size: what lies in its unused places is
    /// computed and thrown away, so that the network always works on the same shape.</summary>
    public override void Flush()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        _segmenter.Segment(_batch, _scores);
        int tileVoxels = Plan.Tile * Plan.Tile;
        for (int i = 0; _pending.Count > 0; i++)
        {
            (SliceTask slice, int row, int column) = _pending.Dequeue();
            Span<float> scores = _scores.AsSpan(i * tileVoxels, tileVoxels);
            ToProbability(scores, slice, row, column);
            Counts.Tiles++;
            Stitch(slice, row, column, scores);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _tiles.Dispose();

    private void ToProbability(Span<float> scores, SliceTask slice, int row, int column)
    {
        if (_segmenter.Scores == ScoreKind.Logit)
        {
            TensorPrimitives.Sigmoid(scores, scores);
        }

        // NaN is contagious in a sum, and probabilities have no infinities that could cancel each other out
        if (float.IsNaN(TensorPrimitives.Sum<float>(scores)))
        {
            throw new ArithmeticException(
                $"The network answered NaN in unit {_unit.Name}, slice {slice.Group.Target}, tile row {row}, column {column}.");
        }
    }

    private void Stitch(SliceTask slice, int row, int column, ReadOnlySpan<float> probabilities)
    {
        bool first = row == _tileRows.First && column == _tileColumns.First;
        bool last = row == _tileRows.First + _tileRows.Count - 1 && column == _tileColumns.First + _tileColumns.Count - 1;
        if (first)
        {
            _stitcher.Reset();
        }

        _stitcher.Add(row, column, probabilities, Emit);
        if (last)
        {
            _stitcher.Finish(Emit);
            Counts.Slices++;
        }

        void Emit(int y, ReadOnlySpan<double> values)
        {
            Span<byte> output = slice.Output.Row(slice.OutputSlice, y - Target.Start.Y);
            for (int x = 0; x < output.Length; x++)
            {
                // the row says what is not support: 0 before, and so it stays
                output[x] = output[x] == Unsupported ? (byte)0 : Probability.ToByte(values[x]);
            }
        }
    }

    /// <summary>Marks in a fresh output slice what must stay background.</summary>
    private const byte Unsupported = 1;

    /// <summary>The mark is set in the output itself before the tiles come, so that a slice whose batch is not full yet
    /// needs no memory of its own for it.</summary>
    private void MarkUnsupported(SliceTask slice)
    {
        UnsupportedVoxels unsupported = FindUnsupported(slice);
        for (int y = 0; y < Target.Shape.Y; y++)
        {
            Span<byte> output = slice.Output.Row(slice.OutputSlice, y);
            output.Clear();
            if (unsupported.Any)
            {
                ReadOnlySpan<bool> row = unsupported.Row(y);
                for (int x = 0; x < row.Length; x++)
                {
                    output[x] = row[x] ? Unsupported : (byte)0;
                }
            }
        }
    }
}
