using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>What a plan comes to, counted before anything is read. Exact where nothing else is said.</summary>
/// <param name="Units">Units of work.</param>
/// <param name="Slices">Slices that get an answer.</param>
/// <param name="Groups">Groups that go through the model for them.</param>
/// <param name="Tiles">Tiles that go through the model, those at unit borders counted each time; none for a model that looks at one
/// voxel at a time.</param>
/// <param name="TilesOnce">Tiles if none were computed twice.</param>
/// <param name="Evaluations">Times that the network is asked about a tile: tiles, each in all its poses.</param>
/// <param name="ChunkFetches">Chunks of the input that the segment stage fetches, absent ones included.</param>
/// <param name="ChunksTouched">Different chunks among them.</param>
/// <param name="BytesDecoded">Bytes of those fetches, decoded.</param>
/// <param name="BytesWritten">Bytes of the output before compression, the pyramid included: an upper bound.</param>
public sealed record PlanCost(
    long Units, long Slices, long Groups, long Tiles, long TilesOnce, long Evaluations, long ChunkFetches, long ChunksTouched, long BytesDecoded, long BytesWritten)
{
    /// <summary>Counts for a plan; time and memory grow with the columns of units, not with the units.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="outputs">Bytes kept per voxel: 1 for the probability, 1 for the mask.</param>
    public static PlanCost Of(SegmentPlan plan, int outputs)
    {
        Shape3 volume = plan.Volume.Shape;
        ChunkGrid chunks = plan.Volume.Chunks;
        (long slices, long groups, long layers) = CountSlices(plan);
        long chunkBytes = plan.Volume.ChunkShape.VoxelCount * plan.Volume.Type.ByteSize();

        long tiledSlices = plan.IsPointwise ? 0 : groups;
        long fetches = 0;
        long tiles = 0;
        for (int y = 0; y < plan.Units.Count.Y; y++)
        {
            for (int x = 0; x < plan.Units.Count.X; x++)
            {
                SegmentUnit unit = plan.UnitAt((0, y, x));
                Box3 read = plan.ReadBoxOf(unit);
                Box3 own = plan.InVolume(unit.Box);
                fetches += layers * ChunksAcross(chunks, read);
                tiles += tiledSlices * plan.TileRows.Covering(own.Start.Y, own.End.Y).Count * plan.TileColumns.Covering(own.Start.X, own.End.X).Count;
            }
        }

        Box3 all = plan.ReadBoxOf(new SegmentUnit(default, new Box3((0, 0, 0), plan.Region.Shape)));
        long tilesOnce = tiledSlices * plan.TileRows.Covering(plan.Region.Start.Y, plan.Region.End.Y).Count *
            plan.TileColumns.Covering(plan.Region.Start.X, plan.Region.End.X).Count;
        return new PlanCost(
            plan.Units.Count.VoxelCount,
            slices,
            groups,
            tiles,
            tilesOnce,
            tiles * plan.EvaluationsPerTile,
            fetches,
            layers * ChunksAcross(chunks, all with { Shape = all.Shape with { Z = Math.Min(all.Shape.Z, volume.Z) } }),
            fetches * chunkBytes,
            outputs * (plan.Region.Shape.VoxelCount + (plan.Region.Shape.VoxelCount / 7) + 1));
    }

    /// <summary>Two directions of one output.</summary>
    public static PlanCost operator +(PlanCost a, PlanCost b) => new(
        a.Units + b.Units,
        a.Slices + b.Slices,
        a.Groups + b.Groups,
        a.Tiles + b.Tiles,
        a.TilesOnce + b.TilesOnce,
        a.Evaluations + b.Evaluations,
        a.ChunkFetches + b.ChunkFetches,
        Math.Max(a.ChunksTouched, b.ChunksTouched),
        a.BytesDecoded + b.BytesDecoded,
        Math.Max(a.BytesWritten, b.BytesWritten));

    private static long ChunksAcross(ChunkGrid chunks, Box3 box)
    {
        long rows = ((box.End.Y - 1) / chunks.Chunk.Y) - (box.Start.Y / chunks.Chunk.Y) + 1;
        long columns = ((box.End.X - 1) / chunks.Chunk.X) - (box.Start.X / chunks.Chunk.X) + 1;
        return rows * columns;
    }

    /// <summary>Targets, groups, and layers of chunks that hold a slice of one.</summary>
    private static (long Targets, long Groups, long Layers) CountSlices(SegmentPlan plan)
    {
        (int first, int end, int slices) = (plan.Region.Start.Z, plan.Region.End.Z, plan.Volume.Shape.Z);
        int chunk = plan.Volume.ChunkShape.Z;
        long layers = SourceRows.List(plan, SourceRows.Wanted(plan.Strategy.GroupsFor(slices, first, end)))
            .Sum(row => (row.End - 1L) / chunk - (row.Start / chunk) + 1);
        return (plan.Strategy.TargetsIn(slices, first, end).LongCount(), plan.Strategy.GroupsFor(slices, first, end).LongCount(), layers);
    }
}
