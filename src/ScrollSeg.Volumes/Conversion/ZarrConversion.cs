using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>Converts a volume to an OME-NGFF image (0.4 over Zarr v2, 0.5 over v3), block by block in bounded memory.</summary>
public static class ZarrConversion
{
    /// <summary>Writes the image into a folder that does not exist yet, or that an earlier call with the same journal left.</summary>
    /// <param name="source">What to read. Stays the caller's.</param>
    /// <param name="path">The folder to make. After a failure it holds a part of the image.</param>
    /// <param name="plan">Made for this source.</param>
    /// <param name="window">As in the options that the plan was made with.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="chunksDone">Receives how many chunks are done, of all levels.</param>
    /// <param name="ct">Stops between chunks.</param>
    /// <param name="journal">Knows what is written already, and keeps what is written now. Default: nothing is.</param>
    public static async Task RunAsync(
        VolumeReader source,
        string path,
        ConversionPlan plan,
        (double Low, double High)? window,
        AtomicFile files,
        IProgress<long> chunksDone,
        CancellationToken ct,
        ConversionJournal? journal = null)
    {
        NgffWriter.WriteImage(path, ImageOf(source.Info, path, plan), files, zarrFormat: plan.Spec.ZarrFormat);
        ZarrArrayWriter finest = ZarrArrayWriter.Create(Path.Combine(path, "0"), plan.Spec, files);
        VoxelMapping conversion = new(source.Info.Type, plan.Spec.Type, window);
        Counter done = new(chunksDone, journal);
        await WriteFinestAsync(source, finest, plan, conversion, done, ct);
        for (int level = 1; level < plan.LevelShapes.Count; level++)
        {
            await WriteCoarserAsync(path, level, plan, files, done, ct);
        }
    }

    /// <summary>Whole numbers of more than 16 bits are labels, which have no mean.</summary>
    private static Downsampling MethodOf(VoxelType type) =>
        type is VoxelType.Bool or VoxelType.UInt32 or VoxelType.UInt64 or VoxelType.Int32 or VoxelType.Int64
            ? Downsampling.Majority
            : Downsampling.Mean;

    private static NgffImage ImageOf(VolumeInfo source, string path, ConversionPlan plan)
    {
        VoxelSize edge = source.VoxelSize ?? new VoxelSize(1, 1, 1);
        (int Z, int Y, int X) start = plan.Region.Start;
        List<NgffLevel> levels = [];
        for (int level = 0; level < plan.LevelShapes.Count; level++)
        {
            (double Z, double Y, double X) factor = PyramidBuilder.LevelOf(plan.Spec.Shape, level).Factor;
            double CentreOf(int first, double covered) => first + ((covered - 1) / 2); // of a voxel that covers so many
            levels.Add(new NgffLevel(
                $"{level}",
                (edge.Z * factor.Z, edge.Y * factor.Y, edge.X * factor.X),
                (CentreOf(start.Z, factor.Z) * edge.Z, CentreOf(start.Y, factor.Y) * edge.Y, CentreOf(start.X, factor.X) * edge.X)));
        }

        return new NgffImage(Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(source.Path)), levels, source.VoxelSize is not null)
        {
            DownscaleMethod = levels.Count > 1 ? $"{MethodOf(plan.Spec.Type)}".ToLowerInvariant() : null,
        };
    }

    /// <summary>While the chunks of one block are encoded the next block is read.</summary>
    private static async Task WriteFinestAsync(
        VolumeReader source, ZarrArrayWriter finest, ConversionPlan plan, VoxelMapping conversion, Counter done, CancellationToken ct)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task<VoxelBuffer>? next = null;
        try
        {
            Box3? current = null;
            foreach ((int Z, int Y, int X) index in plan.Blocks.Touching(new Box3((0, 0, 0), plan.Spec.Shape)))
            {
                Box3 upcoming = plan.Blocks.BoxOf(index);
                if (plan.Spec.Objects.Touching(upcoming).All(one => done.Has(0, one)))
                {
                    done.Skip(plan.Spec.Objects.Touching(upcoming).LongCount());
                    continue;
                }

                VoxelBuffer? ready = next is null ? null : await next;
                next = ReadBlockAsync(source, upcoming, plan.Region.Start, stop.Token);
                await WriteBlockAsync(ready, current, finest, plan, conversion, done, ct);
                current = upcoming;
            }

            VoxelBuffer? last = next is null ? null : await next;
            next = null;
            await WriteBlockAsync(last, current, finest, plan, conversion, done, ct);
        }
        finally
        {
            await stop.CancelAsync();
            await DiscardAsync(next);
        }
    }

    private static async Task DiscardAsync(Task<VoxelBuffer>? read)
    {
        if (read is not null)
        {
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the first failure is the one to report
            if (read.IsCompletedSuccessfully)
            {
                (await read).Dispose();
            }
        }
    }

    private static async Task<VoxelBuffer> ReadBlockAsync(
        VolumeReader source, Box3 box, (int Z, int Y, int X) origin, CancellationToken ct)
    {
        VoxelBuffer block = VoxelBuffer.Rent(box.Shape, source.Info.Type);
        try
        {
            Box3 region = box with { Start = (box.Start.Z + origin.Z, box.Start.Y + origin.Y, box.Start.X + origin.X) };
            await source.ReadAsync(region, block, ct);
            return block;
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    private static async Task WriteBlockAsync(
        VoxelBuffer? block, Box3? box, ZarrArrayWriter finest, ConversionPlan plan, VoxelMapping conversion, Counter done, CancellationToken ct)
    {
        if (block is null || box is null)
        {
            return;
        }

        using (block)
        {
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = plan.Threads, CancellationToken = ct };
            await Parallel.ForEachAsync(plan.Spec.Objects.Touching(box.Value), parallel, (index, _) =>
            {
                if (done.Has(0, index))
                {
                    done.Skip(1);
                    return ValueTask.CompletedTask;
                }

                Box3 inside = plan.Spec.Objects.BoxOf(index).RelativeTo(box.Value.Start);
                using VoxelBuffer chunk = VoxelBuffer.Rent(inside.Shape, conversion.To);
                Copy(block, inside, chunk, conversion);
                done.Add(0, index, finest.WriteChunk(index, chunk));
                return ValueTask.CompletedTask;
            });
        }
    }

    private static void Copy(VoxelBuffer block, Box3 inside, VoxelBuffer chunk, VoxelMapping conversion)
    {
        int size = conversion.From.ByteSize();
        for (int z = 0; z < inside.Shape.Z; z++)
        {
            for (int y = 0; y < inside.Shape.Y; y++)
            {
                Span<byte> row = block.Row(inside.Start.Z + z, inside.Start.Y + y).Slice(inside.Start.X * size, inside.Shape.X * size);
                conversion.Convert(row, chunk.Row(z, y));
            }
        }
    }

    private static async Task WriteCoarserAsync(
        string path, int level, ConversionPlan plan, AtomicFile files, Counter done, CancellationToken ct)
    {
        ReaderOptions reading = new() { DecodeThreads = plan.PyramidThreads };
        await using ZarrVolume finer = await ZarrVolume.OpenAsync(Path.Combine(path, $"{level - 1}"), reading, ct);
        ZarrArraySpec spec = plan.Spec.ForShape(plan.LevelShapes[level]);
        ZarrArrayWriter coarser = ZarrArrayWriter.Create(Path.Combine(path, $"{level}"), spec, files);
        IEnumerable<(int Z, int Y, int X)> missing = spec.Objects.Touching(new Box3((0, 0, 0), spec.Shape)).Where(index =>
        {
            bool isThere = done.Has(level, index);
            done.Skip(isThere ? 1 : 0);
            return !isThere;
        });
        await PyramidBuilder.BuildChunksAsync(
            finer, coarser, missing, MethodOf(spec.Type), plan.PyramidThreads, ct, onWritten: (index, chunk) => done.Add(level, index, chunk));
    }

    /// <summary>Counts the chunks of all levels, and keeps which they are.</summary>
    private sealed class Counter(IProgress<long> target, ConversionJournal? journal)
    {
        private long _done;

        public bool Has(int level, (int Z, int Y, int X) index) => journal?.Has(level, index) == true;

        public void Skip(long chunks)
        {
            if (chunks > 0)
            {
                target.Report(Interlocked.Add(ref _done, chunks));
            }
        }

        public void Add(int level, (int Z, int Y, int X) index, StoredObject? written)
        {
            journal?.Add(level, index, written);
            target.Report(Interlocked.Increment(ref _done));
        }
    }
}
