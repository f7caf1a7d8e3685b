using System.Diagnostics;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>One pass of a link stage over the units of a share: those that have no record are worked on, several at a time.</summary>
/// <param name="name">For people.</param>
/// <param name="units">The volume cut into units.</param>
/// <param name="records">The pass's records.</param>
/// <param name="root">Where lies what the records name.</param>
internal sealed class UnitPass(string name, ChunkGrid units, StageFolder records, string root)
{
    /// <summary>Units in work at the same time.</summary>
    public required int Threads { get; init; }

    /// <summary>Once cancelled, no further unit is begun.</summary>
    public required CancellationToken Drain { get; init; }

    /// <summary>Works on what is left.</summary>
    /// <param name="shard">The share.</param>
    /// <param name="work">Works on a unit, and says what it left behind.</param>
    /// <param name="progress">Is told how far the pass has come.</param>
    /// <param name="cancellationToken">Stops between units.</param>
    /// <returns>Units of all shares that are missing afterwards.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(
        Shard shard,
        Func<(int Z, int Y, int X), CancellationToken, Task<List<StoredObject>>> work,
        IRunProgress progress,
        CancellationToken cancellationToken)
    {
        StageWork all = new(records, units, root, shard);
        progress.Begin(name, all.Total, "units");
        long done = all.Done;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Threads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(all.ListLeft(), parallel, async (index, token) =>
        {
            if (!Drain.IsCancellationRequested)
            {
                long started = Stopwatch.GetTimestamp();
                List<StoredObject> objects = await work(index, token);
                records.Write(new UnitRecord(
                    SegmentUnit.NameOf(index), objects, Attempts: 1, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3)));
                progress.Advance(Interlocked.Increment(ref done));
            }
        });
        return [.. new StageWork(records, units, root, Shard.Whole).ListMissing().Select(SegmentUnit.NameOf)];
    }
}
