using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Writes units into the output's finest level: probability, mask, or both. A unit owns whole chunks, each written
/// once; its record follows when all of them are there.</summary>
internal sealed class StoreSink(SegmentPlan plan, StageFolder records, OutputArray? probability, OutputArray? mask)
    : IUnitSink, IDisposable
{
    private readonly int _foreground = Probability.FirstForegroundLevel(plan.Threshold);
    private readonly RecyclingAllocator _chunks = new(VoxelAllocator.Native);
    private long _unitForeground; // voxels of the mask in the unit being written

    /// <inheritdoc/>
    public ValueTask WriteAsync(SegmentUnit unit, VoxelBuffer values, SliceCounts counts, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        ChunkGrid grid = new(plan.Region.Shape, plan.OutputChunk);
        ConcurrentBag<StoredObject> objects = [];
        _unitForeground = 0; // one unit is written at a time
        ParallelWork.ForEach(
            grid.Touching(unit.Box), plan.Threads, index => WriteChunk(index, grid.BoxOf(index), unit, values, objects), cancellationToken);

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

    private void WriteChunk(
        (int Z, int Y, int X) index, Box3 box, SegmentUnit unit, VoxelBuffer values, ConcurrentBag<StoredObject> objects)
    {
        using VoxelBuffer chunk = VoxelBuffer.Rent(plan.Frame.Back(box.Shape), VoxelType.UInt8, _chunks);
        plan.Frame.CopyBack(values, box.RelativeTo(unit.Box.Start).Start, chunk);
        index = plan.Frame.Back(index);
        Write(probability, index, chunk, objects);
        TakeMask(chunk.Bytes);
        Write(mask, index, chunk, objects);
    }

    private static void Write(OutputArray? array, (int Z, int Y, int X) index, VoxelBuffer chunk, ConcurrentBag<StoredObject> objects)
    {
        if (array is not null)
        {
            StoredObject written = array.Writer.WriteChunk(index, chunk) ?? StoredObject.Absent(array.Writer.KeyOf(index));
            objects.Add(written with { Key = $"{array.Path}/{written.Key}" });
        }
    }

    /// <summary>Grey levels to 0 and 1, in place: the mask is taken from what was stored.</summary>
    private void TakeMask(Span<byte> levels)
    {
        if (_foreground > byte.MaxValue)
        {
            levels.Clear();
            return;
        }

        Vector<byte> least = new((byte)_foreground);
        int i = 0;
        for (; i + Vector<byte>.Count <= levels.Length; i += Vector<byte>.Count)
        {
            Vector<byte> level = new(levels[i..]);
            (Vector.GreaterThanOrEqual(level, least) & Vector<byte>.One).CopyTo(levels[i..]);
        }

        for (; i < levels.Length; i++)
        {
            levels[i] = levels[i] >= _foreground ? (byte)1 : (byte)0;
        }

        Interlocked.Add(ref _unitForeground, levels.Count((byte)1));
    }
}

/// <summary>An array of the output.</summary>
/// <param name="Path">Where it lies below the store's root.</param>
/// <param name="Writer">Writes its chunks.</param>
internal sealed record OutputArray(string Path, ZarrArrayWriter Writer);
