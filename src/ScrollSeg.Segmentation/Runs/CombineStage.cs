using System.Collections.Concurrent;
using System.Diagnostics;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// Makes one output of the answers of several directions, and of those between the slices that were asked about: gaps are filled along
/// each direction, then the directions that have an answer at a voxel are fused. What a unit holds depends on the answers alone,
/// not on how they are cut into units.
/// </summary>
/// <param name="run">What is combined, and how.</param>
/// <param name="records">The stage's records.</param>
/// <param name="outputs">Where the result goes.</param>
internal sealed class CombineStage(RunManifest run, StageFolder records, VoxelOutputs outputs)
{
    private readonly RunCombination _how = run.Combine ?? throw new InvalidOperationException("The run combines nothing.");
    private readonly int _foreground = Probability.FirstForegroundLevel(run.Combine!.Threshold);

    /// <summary>Chunks in work at the same time. Default the number of cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Once cancelled, no further unit is begun.</summary>
    public CancellationToken Drain { get; init; }

    /// <summary>Combines the units of a share that are left.</summary>
    /// <param name="answers">What each direction answered, in the run's order.</param>
    /// <param name="store">Root of the store.</param>
    /// <param name="shard">The share.</param>
    /// <param name="progress">Is told how far the stage has come.</param>
    /// <param name="cancellationToken">Stops between units.</param>
    /// <returns>Units of all shares that are missing afterwards.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(
        IReadOnlyList<DirectionAnswers> answers, string store, Shard shard, IRunProgress progress, CancellationToken cancellationToken)
    {
        StageWork work = new(records, run.CombineUnits, store, shard);
        progress.Begin("combine", work.Total, "units");
        long done = work.Done;
        foreach ((int Z, int Y, int X) index in work.ListLeft())
        {
            if (Drain.IsCancellationRequested)
            {
                break;
            }

            await CombineAsync(index, answers, cancellationToken);
            progress.Advance(++done);
        }

        return [.. new StageWork(records, run.CombineUnits, store, Shard.Whole).ListMissing().Select(SegmentUnit.NameOf)];
    }

    /// <summary>Combines a unit, and records what it wrote.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="answers">What each direction answered, in the run's order.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    public async Task CombineAsync((int Z, int Y, int X) index, IReadOnlyList<DirectionAnswers> answers, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        (List<StoredObject> objects, long foreground) = await WriteAsync(run.CombineUnits.BoxOf(index), answers, cancellationToken);
        records.Write(new UnitRecord(
            SegmentUnit.NameOf(index),
            objects,
            Attempts: 1,
            Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3),
            new UnitCounts(0, 0, 0, 0, foreground, 0)));
    }

    private async Task<(List<StoredObject> Objects, long Foreground)> WriteAsync(
        Box3 unit, IReadOnlyList<DirectionAnswers> answers, CancellationToken cancellationToken)
    {
        List<FilledBox> boxes = [];
        try
        {
            foreach (DirectionAnswers direction in answers)
            {
                boxes.Add(await direction.ReadAsync(unit, _how.MaxGap, _foreground, Threads, cancellationToken));
            }

            ConcurrentBag<StoredObject> objects = [];
            long foreground = 0;
            ChunkGrid chunks = new(RunManifest.ToShape(run.Shape), RunManifest.ToShape(run.Chunk));
            ParallelWork.ForEach(chunks.Touching(unit), Threads, WriteChunk, cancellationToken);
            return ([.. objects.OrderBy(o => o.Key, StringComparer.Ordinal)], foreground);

            void WriteChunk((int Z, int Y, int X) index)
            {
                Box3 chunk = chunks.BoxOf(index);
                using VoxelBuffer levels = VoxelBuffer.Rent(chunk.Shape, VoxelType.UInt8);
                using VoxelBuffer? spread = outputs.Uncertainty is null ? null : VoxelBuffer.Rent(chunk.Shape, VoxelType.UInt8);
                DirectionFuser fuser = new(_how.HowToFuse, _how.Threshold, boxes, chunk.Shape.X);
                for (int z = 0; z < chunk.Shape.Z; z++)
                {
                    for (int y = 0; y < chunk.Shape.Y; y++)
                    {
                        (int Z, int Y, int X) at = (chunk.Start.Z + z, chunk.Start.Y + y, chunk.Start.X);
                        fuser.FuseRow(at, levels.Row(z, y), spread is null ? default : spread.Row(z, y));
                    }
                }

                Interlocked.Add(ref foreground, outputs.WriteChunk(index, levels, spread, _foreground, objects));
            }
        }
        finally
        {
            boxes.ForEach(box => box.Dispose());
        }
    }
}
