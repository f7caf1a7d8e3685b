using System.Collections.Concurrent;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Makes one level of a pyramid from the next finer one, chunk by chunk.</summary>
public static class PyramidBuilder
{
    /// <summary>Extent of the level above: half of each axis, rounded up.</summary>
    public static Shape3 CoarserShape(Shape3 finer) => finer.CeilingDivide(new Shape3(2, 2, 2));

    /// <summary>Extent of a level, and its voxels' edges in those of the finest: an axis of one voxel is not halved.</summary>
    public static (Shape3 Shape, (double Z, double Y, double X) Factor) LevelOf(Shape3 finest, int level)
    {
        Shape3 shape = finest;
        (double z, double y, double x) = (1, 1, 1);
        for (int i = 0; i < level; i++)
        {
            z *= shape.Z > 1 ? 2 : 1;
            y *= shape.Y > 1 ? 2 : 1;
            x *= shape.X > 1 ? 2 : 1;
            shape = CoarserShape(shape);
        }

        return (shape, (z, y, x));
    }

    /// <summary>Reads the finer level once, where its chunks are no larger than two of the coarser ones, and writes the
    /// coarser one.</summary>
    /// <remarks>Holds, per thread, a coarser chunk and the eight times as many voxels that it covers.</remarks>
    /// <param name="finer">The level to read.</param>
    /// <param name="coarser">The level to write: half the extent, the same voxel type.</param>
    /// <param name="method">How voxels become one.</param>
    /// <param name="threads">Chunks in work at the same time; the finer level decodes with its own threads besides.</param>
    /// <param name="ct">Stops between chunks.</param>
    /// <param name="chunksDone">Receives how many chunks are done.</param>
    public static Task BuildLevelAsync(
        VolumeReader finer,
        ZarrArrayWriter coarser,
        Downsampling method,
        int threads,
        CancellationToken ct,
        IProgress<long>? chunksDone = null) =>
        BuildChunksAsync(finer, coarser, coarser.Spec.Objects.Touching(new Box3((0, 0, 0), coarser.Spec.Shape)), method, threads, ct, chunksDone);

    /// <summary>The same for some chunks of the coarser level: of the finer one, only what these cover is read.</summary>
    /// <param name="finer">The level to read.</param>
    /// <param name="coarser">The level to write.</param>
    /// <param name="chunks">The chunks, or shards.</param>
    /// <param name="method">How voxels become one.</param>
    /// <param name="threads">Chunks in work at the same time.</param>
    /// <param name="ct">Stops between chunks.</param>
    /// <param name="chunksDone">Receives how many chunks are done.</param>
    /// <param name="onWritten">Is told of each when it is on the disk; calls come from several threads.</param>
    /// <returns>What was written, in no particular order; a chunk of nothing but the fill value with 0 bytes and no hash.</returns>
    public static async Task<IReadOnlyCollection<StoredObject>> BuildChunksAsync(
        VolumeReader finer,
        ZarrArrayWriter coarser,
        IEnumerable<(int Z, int Y, int X)> chunks,
        Downsampling method,
        int threads,
        CancellationToken ct,
        IProgress<long>? chunksDone = null,
        Action<(int Z, int Y, int X), StoredObject>? onWritten = null)
    {
        ZarrArraySpec spec = coarser.Spec;
        if (spec.Shape != CoarserShape(finer.Info.Shape) || spec.Type != finer.Info.Type)
        {
            throw new ArgumentException(
                $"The level above {finer.Info.Shape} {finer.Info.Type} is {CoarserShape(finer.Info.Shape)} of the same type, " +
                $"not {spec.Shape} {spec.Type}.",
                nameof(coarser));
        }

        long done = 0;
        ConcurrentBag<StoredObject> written = [];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads, CancellationToken = ct };
        await Parallel.ForEachAsync(
            chunks,
            parallel,
            async (index, token) =>
            {
                StoredObject chunk = await BuildChunkAsync(finer, coarser, method, index, token);
                written.Add(chunk);
                onWritten?.Invoke(index, chunk);
                chunksDone?.Report(Interlocked.Increment(ref done));
            });
        return written;
    }

    private static async ValueTask<StoredObject> BuildChunkAsync(
        VolumeReader finer, ZarrArrayWriter coarser, Downsampling method, (int Z, int Y, int X) index, CancellationToken ct)
    {
        Box3 box = coarser.Spec.Objects.BoxOf(index);
        Box3 covered = Box3.FromBounds(
                (box.Start.Z * 2, box.Start.Y * 2, box.Start.X * 2), (box.End.Z * 2, box.End.Y * 2, box.End.X * 2))
            .Intersect(finer.Info.Bounds);

        using VoxelBuffer source = VoxelBuffer.Rent(covered.Shape, finer.Info.Type);
        using VoxelBuffer target = VoxelBuffer.Rent(box.Shape, finer.Info.Type);
        IReadOnlyList<Box3> absent = await finer.ReadAsync(covered, source, ct);
        if (absent.Sum(part => part.Shape.VoxelCount) == covered.Shape.VoxelCount)
        {
            // nothing but the finer level's fill value, which is the mean, maximum and majority of itself
            source.Row(0, 0)[..finer.Info.Type.ByteSize()].CopyTo(target.Row(0, 0));
            Repeat(target, finer.Info.Type.ByteSize());
        }
        else
        {
            Downsampler.Halve(source, target, method);
        }

        return coarser.WriteChunk(index, target) ?? StoredObject.Absent(coarser.KeyOf(index));
    }

    /// <summary>Copies the first voxel to all others, in steps that double.</summary>
    private static void Repeat(VoxelBuffer buffer, int done)
    {
        Span<byte> bytes = buffer.Bytes;
        while (done < bytes.Length)
        {
            int step = Math.Min(done, bytes.Length - done);
            bytes[..step].CopyTo(bytes[done..]);
            done += step;
        }
    }
}
