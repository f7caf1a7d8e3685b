using System.Diagnostics;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// Makes the coarser levels. A unit is a box of 8 x 8 x 8 chunks of the finest level, which hold all that its chunks of the
/// next three levels are made of, so that no unit waits for another; the levels above, less than one part in 500, are one more
/// unit, made when all others are done.
/// </summary>
/// <param name="store">What is made.</param>
/// <param name="records">The stage's records.</param>
/// <param name="threads">Chunks in work at the same time.</param>
internal sealed class PyramidStage(OutputStore store, StageFolder records, int threads)
{
    private const int LevelsPerUnit = 3;
    private const string TopName = "top";

    /// <summary>Units below the top; none if there are no coarser levels.</summary>
    public ChunkGrid Units
    {
        get
        {
            int factor = 1 << LevelsInUnits;
            Shape3 chunk = store.Chunks.Chunk;
            return new ChunkGrid(store.Chunks.Volume, new Shape3(
                Times(chunk.Z, factor, store.Chunks.Volume.Z), Times(chunk.Y, factor, store.Chunks.Volume.Y), Times(chunk.X, factor, store.Chunks.Volume.X)));
        }
    }

    private int LevelsInUnits => Math.Min(LevelsPerUnit, store.LevelCount - 1);

    /// <summary>Makes the units of a share that are left.</summary>
    /// <param name="shard">The share.</param>
    /// <param name="progress">Receives the units that are done.</param>
    /// <param name="drain">Once cancelled, no further unit is begun.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    public async Task RunAsync(Shard shard, IRunProgress progress, CancellationToken drain, CancellationToken cancellationToken)
    {
        if (LevelsInUnits == 0)
        {
            return;
        }

        StageWork work = WorkOf(shard);
        progress.Begin("pyramid", work.Total, "units");
        long done = work.Done;
        foreach ((int Z, int Y, int X) index in work.ListLeft())
        {
            if (drain.IsCancellationRequested)
            {
                return;
            }

            await MakeAsync(SegmentUnit.NameOf(index), 1, LevelsInUnits, Units.BoxOf(index), cancellationToken);
            progress.Advance(++done);
        }
    }

    /// <summary>Units below the top that are not done, of all shares.</summary>
    public IEnumerable<string> ListMissing() =>
        LevelsInUnits == 0 ? [] : WorkOf(Shard.Whole).ListMissing().Select(SegmentUnit.NameOf);

    /// <summary>Makes the levels above the units; all units must be done.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (store.LevelCount - 1 > LevelsInUnits && records.ReadRecord(TopName)?.ObjectsAreThere(store.PartialPath) != true)
        {
            await MakeAsync(
                TopName, LevelsInUnits + 1, store.LevelCount - 1, new Box3((0, 0, 0), store.Chunks.Volume), cancellationToken);
        }
    }

    private StageWork WorkOf(Shard shard) => new(records, Units, store.PartialPath, shard);

    private async Task MakeAsync(string unit, int first, int last, Box3 covered, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        List<StoredObject> objects = [];
        for (int level = first; level <= last; level++)
        {
            objects.AddRange(await store.BuildLevelAsync(level, covered, threads, cancellationToken));
        }

        objects.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        records.Write(new UnitRecord(
            unit, objects, Attempts: 1, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3)));
    }

    private static int Times(int chunk, int factor, int most) => (int)Math.Min((long)chunk * factor, most);
}
