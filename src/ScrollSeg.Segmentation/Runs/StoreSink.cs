using System.Collections.Concurrent;
using System.Diagnostics;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Writes units into the finest level of what is kept. A unit owns whole chunks, each written once; its record follows when
/// all of them are there.</summary>
internal sealed class StoreSink(SegmentPlan plan, StageFolder records, VoxelOutputs outputs) : IUnitSink, IDisposable
{
    private readonly int _foreground = Probability.FirstForegroundLevel(plan.Threshold);
    private readonly RecyclingAllocator _chunks = new(VoxelAllocator.Native);
    private long _unitForeground; // voxels of the mask in the unit being written

    /// <inheritdoc/>
    public ValueTask WriteAsync(SegmentUnit unit, UnitOutput output, SliceCounts counts, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        ChunkGrid grid = new(plan.Region.Shape, plan.OutputChunk);
        ConcurrentBag<StoredObject> objects = [];
        _unitForeground = 0; // one unit is written at a time
        ParallelWork.ForEach(
            grid.Touching(unit.Box), plan.Threads, index => WriteChunk(index, grid.BoxOf(index), unit, output, objects), cancellationToken);

        IReadOnlyList<StoredObject> sorted = [.. objects.OrderBy(o => o.Key, StringComparer.Ordinal)];
        records.Write(new UnitRecord(
            unit.Name,
            sorted,
            1 + (records.ReadFailure(unit.Name)?.Attempts ?? 0),
            Math.Round(counts.Seconds + Stopwatch.GetElapsedTime(started).TotalSeconds, 3),
            new UnitCounts(
                counts.Slices,
                counts.EmptySlices,
                counts.Tiles,
                counts.ExcludedVoxels,
                Volatile.Read(ref _unitForeground),
                counts.HalvedBatches)));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _chunks.Dispose();

    /// <param name="index">Position of the chunk, as the slices see it.</param>
    /// <param name="box">Its voxels, as the slices see them.</param>
    /// <param name="unit">The unit that it belongs to.</param>
    /// <param name="output">What was computed of the unit.</param>
    /// <param name="objects">Receives what was written.</param>
    private void WriteChunk(
        (int Z, int Y, int X) index, Box3 box, SegmentUnit unit, UnitOutput output, ConcurrentBag<StoredObject> objects)
    {
        (int Z, int Y, int X) start = box.RelativeTo(unit.Box.Start).Start;
        using VoxelBuffer levels = VoxelBuffer.Rent(plan.Frame.Back(box.Shape), VoxelType.UInt8, _chunks);
        plan.Frame.CopyBack(output.Probability, start, levels);
        using VoxelBuffer? spread = output.Uncertainty is null ? null : VoxelBuffer.Rent(levels.Shape, VoxelType.UInt8, _chunks);
        if (spread is not null)
        {
            plan.Frame.CopyBack(output.Uncertainty!, start, spread);
        }

        Interlocked.Add(ref _unitForeground, outputs.WriteChunk(plan.Frame.Back(index), levels, spread, _foreground, objects));
    }
}
