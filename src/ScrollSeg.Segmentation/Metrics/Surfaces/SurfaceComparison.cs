using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Surfaces;

/// <summary>Compares the surfaces of two masks of any size, block by block: each block is read with as much around it as the distances
/// that are looked for.</summary>
internal sealed class SurfaceComparison
{
    private const int BytesPerCell = 16;  // two masks and their values, two codes, two distances
    private const int LargestCore = 256;
    private const int SmallestCore = 24;

    private readonly LabelPair _pair;
    private readonly VoxelSize _spacing;
    private readonly long _memory;
    private readonly double[] _areas;
    private readonly SurfaceCells _prediction;
    private readonly SurfaceCells _truth;
    private readonly DistanceField _toPrediction = new();
    private readonly DistanceField _toTruth = new();

    public SurfaceComparison(LabelPair pair, SurfaceKind kind, VoxelSize spacing, long memory)
    {
        (_pair, _spacing, _memory) = (pair, spacing, memory);
        _areas = kind == SurfaceKind.Elements ? SurfelAreas.For(spacing) : [0, 1];
        (_prediction, _truth) = (new(kind), new(kind));
    }

    private Shape3 Grid => new(_pair.Region.Shape.Z + 1, _pair.Region.Shape.Y + 1, _pair.Region.Shape.X + 1);

    /// <summary>Whether distances of so much can be looked for in the memory.</summary>
    public bool CanReach(double reach) => CoreFor(reach) is not null;

    /// <summary>Whether a reach goes from any place to any other.</summary>
    public bool CoversAll(double reach)
    {
        Shape3 cells = CellsIn(reach);
        return cells.Z >= Grid.Z && cells.Y >= Grid.Y && cells.X >= Grid.X;
    }

    /// <summary>Measures.</summary>
    /// <param name="reach">How far to look.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="InvalidRequestException">The memory does not suffice.</exception>
    public async Task<SurfaceAgreement> MeasureAsync(double reach, CancellationToken cancellationToken)
    {
        Shape3 core = CoreFor(reach) ??
            throw new InvalidRequestException($"{_memory} bytes do not suffice to compare surfaces as far as {reach}: more is needed.");
        Shape3 halo = CellsIn(reach);
        SurfaceAgreement agreement = new(new SurfaceTally(), new SurfaceTally(), reach);
        ChunkGrid blocks = new(Grid, core);
        foreach ((int Z, int Y, int X) index in blocks.Touching(new Box3((0, 0, 0), Grid)))
        {
            Box3 inner = blocks.BoxOf(index);
            await MeasureAsync(inner, Around(inner, halo), agreement, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return agreement;
    }

    private async Task MeasureAsync(Box3 inner, Box3 cells, SurfaceAgreement agreement, CancellationToken cancellationToken)
    {
        Box3 part = Box3.FromBounds((cells.Start.Z - 1, cells.Start.Y - 1, cells.Start.X - 1), (cells.End.Z + 1, cells.End.Y + 1, cells.End.X + 1))
            .Intersect(new Box3((0, 0, 0), _pair.Region.Shape));
        (int z, int y, int x) = _pair.Region.Start;
        Box3 box = new((part.Start.Z + z, part.Start.Y + y, part.Start.X + x), part.Shape);
        bool hasPrediction = false;
        bool hasTruth = false;
        using (LabelBlock block = await _pair.ReadAsync(box, cancellationToken))
        {
            block.Neutralise();
            Parallel.Invoke(
                () => hasPrediction = _prediction.Fill(cells, block.Prediction, part),
                () => hasTruth = _truth.Fill(cells, block.Truth, part));
        }

        if (!hasPrediction && !hasTruth)
        {
            return;
        }

        Parallel.Invoke(
            () => Tally(inner, cells, agreement.Reach, _prediction, hasTruth ? _truth : null, _toTruth, agreement.Prediction),
            () => Tally(inner, cells, agreement.Reach, _truth, hasPrediction ? _prediction : null, _toPrediction, agreement.Truth));
    }

    /// <summary>A distance above the reach may not be the least: something nearer may lie just outside the block.</summary>
    private void Tally(Box3 inner, Box3 cells, double reach, SurfaceCells surface, SurfaceCells? other, DistanceField field, SurfaceTally tally)
    {
        double farthest = CoversAll(reach) ? double.PositiveInfinity : reach * reach * (1 + 1e-6);
        if (other is not null)
        {
            field.Compute(cells.Shape, other.Codes[..(int)cells.Shape.VoxelCount], _spacing, CellsIn(reach));
        }

        Box3 local = inner.RelativeTo(cells.Start);
        for (int z = local.Start.Z; z < local.End.Z; z++)
        {
            for (int y = local.Start.Y; y < local.End.Y; y++)
            {
                int row = ((z * cells.Shape.Y) + y) * cells.Shape.X;
                for (int i = row + local.Start.X; i < row + local.End.X; i++)
                {
                    if (surface.Codes[i] is byte code and not 0)
                    {
                        bool isNear = other is not null && field.Squares[i] <= farthest;
                        tally.Add(isNear ? field.Squares[i] : float.PositiveInfinity, _areas[code]);
                    }
                }
            }
        }
    }

    private Box3 Around(Box3 inner, Shape3 halo) =>
        Box3.FromBounds(
            (inner.Start.Z - halo.Z, inner.Start.Y - halo.Y, inner.Start.X - halo.X),
            (inner.End.Z + halo.Z, inner.End.Y + halo.Y, inner.End.X + halo.X)).Intersect(new Box3((0, 0, 0), Grid));

    private Shape3 CellsIn(double reach) => new(Steps(reach, _spacing.Z, Grid.Z), Steps(reach, _spacing.Y, Grid.Y), Steps(reach, _spacing.X, Grid.X));

    private static int Steps(double reach, double edge, int most) => (int)Math.Min(most, Math.Ceiling(reach / edge));

    /// <summary>The largest blocks that fit; <see langword="null"/> if only crumbs do.</summary>
    private Shape3? CoreFor(double reach)
    {
        Shape3 halo = CellsIn(reach);
        for (int edge = LargestCore; edge >= SmallestCore; edge -= 8)
        {
            Shape3 core = new(Even(Grid.Z, edge), Even(Grid.Y, edge), Even(Grid.X, edge));
            Shape3 all = new(Math.Min(Grid.Z, core.Z + (2 * halo.Z)), Math.Min(Grid.Y, core.Y + (2 * halo.Y)), Math.Min(Grid.X, core.X + (2 * halo.X)));
            if (all.VoxelCount * BytesPerCell <= _memory && all.VoxelCount < Array.MaxLength / 2)
            {
                return core;
            }
        }

        return null;
    }

    /// <summary>Cuts an extent into parts of equal size, none much above a limit.</summary>
    private static int Even(int extent, int limit)
    {
        int parts = (extent + limit) / (limit + 1);
        return (extent + parts - 1) / parts;
    }
}
