using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>What a plan comes to, counted before anything is read. Exact where nothing else is said.</summary>
/// <param name="Units">Units of work.</param>
/// <param name="Slices">Slices that get an answer.</param>
/// <param name="Tiles">Tiles that go through the model, those at unit borders counted each time; none for a model that looks at one
/// voxel at a time.</param>
/// <param name="TilesOnce">Tiles if none were computed twice.</param>
/// <param name="ChunkFetches">Chunks of the input that the segment stage fetches, absent ones included.</param>
/// <param name="ChunksTouched">Different chunks among them.</param>
/// <param name="BytesDecoded">Bytes of those fetches, decoded.</param>
/// <param name="BytesWritten">Bytes of the output before compression, the pyramid included: an upper bound.</param>
public sealed record PlanCost(
    long Units, long Slices, long Tiles, long TilesOnce, long ChunkFetches, long ChunksTouched, long BytesDecoded, long BytesWritten)
{
    /// <summary>Counts for a plan; time and memory grow with the columns of units, not with the units.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="outputs">Bytes kept per voxel: 1 for the probability, 1 for the mask.</param>
    public static PlanCost Of(SegmentPlan plan, int outputs)
    {
        Shape3 volume = plan.Volume.Shape;
        ChunkGrid chunks = plan.Volume.Chunks;
        (int first, int end) = (plan.Region.Start.Z, plan.Region.End.Z);
        (long slices, long layers) = CountSlices(plan, first, end);
        long chunkBytes = plan.Volume.ChunkShape.VoxelCount * plan.Volume.Type.ByteSize();

        long tiledSlices = plan.IsPointwise ? 0 : slices;
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
            tiles,
            tilesOnce,
            fetches,
            layers * ChunksAcross(chunks, all with { Shape = all.Shape with { Z = Math.Min(all.Shape.Z, volume.Z) } }),
            fetches * chunkBytes,
            outputs * (plan.Region.Shape.VoxelCount + (plan.Region.Shape.VoxelCount / 7) + 1));
    }

    private static long ChunksAcross(ChunkGrid chunks, Box3 box)
    {
        long rows = ((box.End.Y - 1) / chunks.Chunk.Y) - (box.Start.Y / chunks.Chunk.Y) + 1;
        long columns = ((box.End.X - 1) / chunks.Chunk.X) - (box.Start.X / chunks.Chunk.X) + 1;
        return rows * columns;
    }

    /// <summary>Targets, and layers of chunks that hold a source.</summary>
    private static (long Slices, long Layers) CountSlices(SegmentPlan plan, int first, int end)
    {
        long slices = 0;
        HashSet<int> layers = [];
        foreach (Slicing.SliceGroup group in plan.Strategy.GroupsFor(plan.Volume.Shape.Z, first, end))
        {
            slices++;
            foreach (int source in group.Sources)
            {
                // rows are read whole: every layer of chunks in them
                int row = source / plan.RowHeight * plan.RowHeight;
                for (int z = row; z < Math.Min(row + plan.RowHeight, plan.Volume.Shape.Z); z += plan.Volume.ChunkShape.Z)
                {
                    layers.Add(z / plan.Volume.ChunkShape.Z);
                }
            }
        }

        return (slices, layers.Count);
    }
}
