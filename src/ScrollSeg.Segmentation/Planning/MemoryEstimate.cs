using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>Adds up what the segment stage holds at its worst moment.</summary>
public static class MemoryEstimate
{
    /// <summary>What the runtime takes beyond the buffers: compiled code, thread stacks, small objects. Measured with
    /// threshold runs on Linux, .NET 10: 30 to 45 MiB beyond the resident set at the start.</summary>
    private const long RuntimeBytes = 48L << 20;

    /// <summary>Bytes held beyond what is resident before the stage.</summary>
    public static long Of(SegmentPlan plan, ISliceSegmenter segmenter)
    {
        Shape3 read = plan.ReadBoxOf(LargestUnit(plan)).Shape;
        int voxelBytes = plan.Volume.Type.ByteSize();
        long rows = read.PlaneCount * plan.RowHeight * voxelBytes * plan.RowsInFlight;
        return RuntimeBytes + rows + Decoding(plan, voxelBytes) + Outputs(plan) + (plan.Workers * Worker(plan, segmenter, read, voxelBytes));
    }

    /// <summary>One decoded and one encoded chunk per reading thread.</summary>
    private static long Decoding(SegmentPlan plan, int voxelBytes) =>
        2 * plan.Threads * Clip(plan.Volume.ChunkShape, plan.Volume.Shape).VoxelCount * voxelBytes;

    /// <summary>A unit being computed and one being written, and per writing thread a chunk, its mask and their encoded forms.</summary>
    private static long Outputs(SegmentPlan plan) =>
        (2 * Clip(plan.UnitShape, plan.Region.Shape).VoxelCount) + (4 * plan.Threads * plan.OutputChunk.VoxelCount);

    /// <summary>Raw tiles, scores, the stitcher's band, and the support marks of a slice with their working copy.</summary>
    private static long Worker(SegmentPlan plan, ISliceSegmenter segmenter, Shape3 read, int voxelBytes)
    {
        long tile = (long)plan.Tile * plan.Tile;
        long tiles = plan.Batch * tile * ((plan.Strategy.Channels * voxelBytes) + sizeof(float));
        return tiles + SliceStitcher.BytesHeld(plan.Tile, Math.Min(plan.UnitShape.X, plan.Region.Shape.X)) +
            (2 * read.PlaneCount) + segmenter.WorkingBytes(plan.Batch, plan.Tile);
    }

    /// <summary>A unit in the middle has halos on all sides.</summary>
    private static SegmentUnit LargestUnit(SegmentPlan plan)
    {
        Shape3 count = plan.Units.Count;
        return plan.UnitAt((0, Math.Min(1, count.Y - 1), Math.Min(1, count.X - 1)));
    }

    private static Shape3 Clip(Shape3 shape, Shape3 to) =>
        new(Math.Min(shape.Z, to.Z), Math.Min(shape.Y, to.Y), Math.Min(shape.X, to.X));
}
