using System.Numerics.Tensors;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>
/// Cuts slices of one unit into tiles, sends them through the segmenter in full batches, which may span slices, and
/// stitches what comes back. While a network computes one batch, the one before is stitched and the next one cut.
/// </summary>
internal sealed class TileSliceWorker : SliceWorker
{
    private readonly ISliceSegmenter _segmenter;
    private readonly SegmentUnit _unit;
    private readonly SliceStitcher _stitcher;
    private Batch _filling;
    private Batch _computing;
    private Task _network = Task.CompletedTask; // works on the batch that is being computed
    private readonly (int First, int Count) _tileRows;
    private readonly (int First, int Count) _tileColumns;
    private readonly GroupFuser? _fuser;
    private readonly GroupSpread? _spread;
    private readonly double[] _fused;

    public TileSliceWorker(SegmentPlan plan, SegmentUnit unit, ISliceSegmenter segmenter, VoxelAllocator? allocator)
        : base(plan, unit)
    {
        (_unit, _segmenter) = (unit, segmenter);
        (int Start, int End) rows = (Target.Start.Y, Target.End.Y);
        (int Start, int End) columns = (Target.Start.X, Target.End.X);
        _tileRows = plan.TileRows.Covering(rows.Start, rows.End);
        _tileColumns = plan.TileColumns.Covering(columns.Start, columns.End);
        _stitcher = new SliceStitcher(plan.TileRows, plan.TileColumns, TileWindow.Gaussian(plan.Tile), rows, columns);
        (int height, int width) = (Target.Shape.Y, Target.Shape.X);
        _fuser = plan.Strategy.Count > 1 ? new GroupFuser(plan.Fusion, plan.Strategy.Count, height, width, plan.Threshold) : null;
        _spread = plan.KeepsSpread ? new GroupSpread(height, width) : null;
        _fused = new double[_fuser is null ? 0 : width];
        (_filling, _computing) = (new Batch(plan, allocator), new Batch(plan, allocator));
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
                TileCutter.Cut(Plan, slice, tileRow, tileColumn, _filling.Voxels, _filling.Pending.Count);
                _filling.Add(Plan, slice, tileRow, tileColumn);
                if (_filling.Pending.Count == Plan.Batch)
                {
                    Submit();
                }
            }
        }
    }

    /// <summary>Sends what is left through the segmenter, in a batch of the usual size: what lies in its unused places is
    /// computed and thrown away, so that the network always works on the same shape.</summary>
    public override void Flush()
    {
        if (_filling.Pending.Count > 0)
        {
            Submit();
        }

        _network.GetAwaiter().GetResult();
        StitchAll(_computing);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _network.ContinueWith(static _ => { }, TaskScheduler.Default).GetAwaiter().GetResult(); // never take its batch away from it
        _filling.Dispose();
        _computing.Dispose();
    }

    /// <summary>Hands the batch that is full to the network as soon as that is free, and stitches the one before in the
    /// meantime.</summary>
    private void Submit()
    {
        _network.GetAwaiter().GetResult();
        (_filling, _computing) = (_computing, _filling);
        Batch batch = _computing;
        TileBatch tiles = batch.Tiles with { Wanted = batch.Pending.Count };
        if (_segmenter.AllowsConcurrentCalls)
        {
            _segmenter.Segment(tiles, batch.Scores); // as many threads as there are cores do this already
        }
        else
        {
            _network = Task.Run(() => _segmenter.Segment(tiles, batch.Scores));
        }

        StitchAll(_filling);
    }

    private void StitchAll(Batch batch)
    {
        int tileVoxels = Plan.Tile * Plan.Tile;
        for (int i = 0; i < batch.Pending.Count; i++)
        {
            (SliceTask slice, int row, int column) = batch.Pending[i];
            Span<float> scores = batch.Scores.AsSpan(i * tileVoxels, tileVoxels);
            ToProbability(scores, slice, row, column);
            Counts.Tiles++;
            Stitch(slice, row, column, scores);
        }

        batch.Pending.Clear();
    }

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
            Counts.Slices += slice.IsLast ? 1 : 0;
        }

        void Emit(int y, ReadOnlySpan<double> values)
        {
            int line = y - Target.Start.Y;
            if (_fuser is not null)
            {
                _fuser.Add(slice.Number, line, values);
                _spread?.Add(slice.Number, line, values);
                if (!slice.IsLast)
                {
                    return;
                }

                _fuser.Fuse(slice.Count, line, _fused);
                values = _fused;
            }

            Span<byte> output = slice.Output.Row(slice.OutputSlice, line);
            KeepSpread(slice, line, output);
            for (int x = 0; x < output.Length; x++)
            {
                // the row says what is not support: 0 before, and so it stays
                bool excluded = output[x] == Unsupported;
                output[x] = excluded ? (byte)0 : Probability.ToByte(values[x]);
                Counts.ExcludedVoxels += excluded ? 1 : 0;
            }
        }
    }

    /// <summary>Where there is no data, nothing is uncertain.</summary>
    private void KeepSpread(SliceTask slice, int line, ReadOnlySpan<byte> marks)
    {
        if (_spread is not null && slice.Spread is VoxelBuffer kept)
        {
            Span<byte> row = kept.Row(slice.OutputSlice, line);
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = marks[x] == Unsupported ? (byte)0 : _spread.LevelAt(slice.Count, line, x);
            }
        }
    }

    /// <summary>Marks in a fresh output slice what must stay background.</summary>
    private const byte Unsupported = 1;

    /// <summary>The mark is set in the output itself before the tiles come, so that a slice whose batch is not full yet
    /// needs no memory of its own for it.</summary>
    private void MarkUnsupported(SliceTask slice)
    {
        if (slice.Number > 0 && !slice.Group.IsFlat)
        {
            return; // all groups of a slice have the same support
        }

        UnsupportedVoxels unsupported = FindUnsupported(slice);
        for (int y = 0; y < Target.Shape.Y; y++)
        {
            Span<byte> output = slice.Output.Row(slice.OutputSlice, y);
            if (!unsupported.Any)
            {
                output.Clear();
                continue;
            }

            ReadOnlySpan<bool> row = unsupported.Row(y);
            for (int x = 0; x < row.Length; x++)
            {
                // of a flat target it is what no group has data for
                output[x] = row[x] && (slice.Number == 0 || output[x] == Unsupported) ? Unsupported : (byte)0;
            }
        }
    }

    /// <summary>Tiles on their way through the network, and what comes of them.</summary>
    private sealed class Batch : IDisposable
    {
        private readonly int?[] _own;
        private readonly TilePlace[] _places;
        private readonly IntensityRange[]? _ranges;

        public Batch(SegmentPlan plan, VoxelAllocator? allocator)
        {
            int channels = plan.Strategy.Channels;
            Voxels = VoxelBuffer.Rent(new Shape3(plan.Batch * channels, plan.Tile, plan.Tile), plan.Volume.Type, allocator);
            Voxels.Clear();
            (_own, _places) = (new int?[plan.Batch], new TilePlace[plan.Batch]);
            _ranges = plan.SliceIntensities is null ? null : new IntensityRange[plan.Batch * channels];
            _ranges?.AsSpan().Fill(plan.Intensity);
            Tiles = new TileBatch(Voxels, channels, plan.Intensity) { OwnChannels = _own, Ranges = _ranges, Places = _places };
            Scores = new float[plan.Batch * plan.Tile * plan.Tile];
            Pending = new List<(SliceTask, int, int)>(plan.Batch);
        }

        public VoxelBuffer Voxels { get; }

        public TileBatch Tiles { get; }

        public float[] Scores { get; }

        /// <summary>Where each tile lies.</summary>
        public List<(SliceTask Slice, int Row, int Column)> Pending { get; }

        /// <summary>Notes a tile whose voxels were cut.</summary>
        public void Add(SegmentPlan plan, SliceTask slice, int row, int column)
        {
            int place = Pending.Count;
            _own[place] = slice.Group.OwnChannel;
            _places[place] = new TilePlace(slice.Group.Target, plan.TileRows.StartOf(row), plan.TileColumns.StartOf(column));
            for (int k = 0; _ranges is not null && k < Tiles.Channels; k++)
            {
                _ranges[(place * Tiles.Channels) + k] =
                    plan.SliceIntensities!.TryGetValue(slice.Group.Sources[k], out IntensityRange own) ? own : plan.Intensity;
            }

            Pending.Add((slice, row, column));
        }

        public void Dispose() => Voxels.Dispose();
    }
}
