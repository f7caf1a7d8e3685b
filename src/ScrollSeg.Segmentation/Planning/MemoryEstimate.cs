using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>What the segment stage holds at its worst moment, beyond what is resident before it.</summary>
/// <param name="Voxels">Bytes of voxel buffers, which lie outside the managed heap: rows, units, tiles.</param>
/// <param name="Network">Bytes that the segmenter takes during a call.</param>
/// <param name="Managed">Bytes that the managed heap may grow to; enforced by the runtime while the stage runs.</param>
public sealed record MemoryEstimate(long Voxels, long Network, long Managed)
{
    /// <summary>What the garbage collector needs beside the arrays counted below, so that it need not run all the time. Measured
    /// on threshold runs over 1024^3 voxels: with 48 MiB the heap limit costs no time, with 24 MiB a tenth.</summary>
    private const long HeapSlack = 48L << 20;

    /// <summary>Compiled code and thread stacks that come with the stage, and what the C library keeps of blocks that were freed: 7 to 20
    /// MiB more than a plan without it, in threshold runs under 1 to 4 GiB.</summary>
    private const long RuntimeBytes = 40L << 20;

    /// <summary>Bytes per voxel of a unit in which directions are combined: each of them read, turned and kept, with its spread, and what
    /// comes of them.</summary>
    internal const int CombinedVoxel = 16;

    /// <summary>Bytes per voxel of a slice whose objects are followed from the one before: both slices' numbers, and the front
    /// of the search.</summary>
    private const int PropagatedVoxel = 3 * sizeof(uint);

    /// <summary>All of it.</summary>
    public long Total => Voxels + Network + Managed + RuntimeBytes;

    /// <summary>Adds it up for a plan.</summary>
    public static MemoryEstimate Of(SegmentPlan plan, ISliceSegmenter segmenter)
    {
        Shape3 read = LargestRead(plan);
        int voxelBytes = plan.Volume.Type.ByteSize();
        long tile = (long)plan.Tile * plan.Tile;
        long rows = read.PlaneCount * plan.RowHeight * voxelBytes * plan.RowsInFlight;
        rows += plan.Frame.Normal == Axis.Z ? 0 : TurnedVolume.PieceBytes(plan.Volume, read with { Z = plan.RowHeight });
        int kept = plan.KeepsSpread ? 2 : 1;
        long units = 2L * kept * Clip(plan.UnitShape, plan.Region.Shape).VoxelCount; // one being computed, one being written
        long tiles = 2L * plan.Workers * plan.Batch * tile * plan.Strategy.Channels * voxelBytes;
        long chunks = 2L * kept * plan.Threads * plan.OutputChunk.VoxelCount; // a chunk and its mask per writing thread
        long network = plan.Workers * segmenter.WorkingBytes(plan.Batch, plan.Tile);

        // one encoded chunk, and one decoded where it does not go straight to its place, per thread that reads or writes
        long codecs = 2L * plan.Threads *
            ((Clip(plan.Volume.ChunkShape, plan.Volume.Shape).VoxelCount * voxelBytes) + plan.OutputChunk.VoxelCount);
        long scores = 2L * plan.Batch * tile * sizeof(float);                // one batch in the network, one being cut or stitched
        long bands = SliceStitcher.BytesHeld(plan.Tile, Math.Min(plan.UnitShape.X, plan.Region.Shape.X));
        Shape3 unit = Clip(plan.UnitShape, plan.Region.Shape);
        long fusion = plan.Strategy.Count > 1 ? GroupFuser.BytesHeld(plan.Fusion, plan.Strategy.Count, unit.PlaneCount) : 0;
        fusion += plan.KeepsSpread ? GroupSpread.BytesHeld(unit.PlaneCount) : 0;
        long marks = 2 * read.PlaneCount;                                    // what is no support, and a working copy
        long propagated = plan.Propagates ? PropagatedVoxel * plan.Region.Shape.PlaneCount : 0;
        long managed = HeapSlack + propagated + codecs + plan.Volume.BytesUnderWay + (plan.Workers * (scores + bands + marks + fusion));
        long combined = plan.MayCombine ? CombinedVoxel * plan.OutputChunk.VoxelCount : 0; // a unit of one chunk
        return new MemoryEstimate(Math.Max(rows + units + tiles + chunks, Math.Max(combined, plan.PyramidBytesPerThread)), network, managed);
    }

    /// <summary>Which unit reads most is no matter of its place alone: one in the middle has halos on both sides, the last one
    /// may be small, and how many tiles touch a unit changes from one to the next.</summary>
    private static Shape3 LargestRead(SegmentPlan plan)
    {
        Shape3 count = plan.Units.Count;
        return new Shape3(
            plan.Units.BoxOf((0, 0, 0)).Shape.Z,
            Enumerable.Range(0, count.Y).Max(y => plan.ReadBoxOf(plan.UnitAt((0, y, 0))).Shape.Y),
            Enumerable.Range(0, count.X).Max(x => plan.ReadBoxOf(plan.UnitAt((0, 0, x))).Shape.X));
    }

    private static Shape3 Clip(Shape3 shape, Shape3 to) =>
        new(Math.Min(shape.Z, to.Z), Math.Min(shape.Y, to.Y), Math.Min(shape.X, to.X));
}
