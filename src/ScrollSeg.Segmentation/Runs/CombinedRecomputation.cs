using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Computes units of a combined output again: the units of every direction that they are made of, and then themselves. What
/// the directions answered is no longer there once a run is complete.</summary>
/// <param name="run">The run.</param>
/// <param name="plan">Its plan.</param>
/// <param name="volume">The volume; stays the caller's.</param>
/// <param name="segmenter">The model; stays the caller's.</param>
/// <param name="files">How files are written.</param>
/// <param name="progress">Is told how far the work has come.</param>
internal sealed class CombinedRecomputation(
    RunFolder run, RunPlan plan, VolumeReader volume, ISliceSegmenter segmenter, AtomicFile files, IRunProgress progress)
{
    /// <summary>Computes again and compares by hash.</summary>
    /// <param name="chosen">Names of the units.</param>
    /// <param name="drain">Once cancelled, no further unit is begun.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <returns>A sentence for each object that is not what is computed now.</returns>
    public async Task<IReadOnlyList<string>> CompareAsync(
        IReadOnlyCollection<string> chosen, CancellationToken drain, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(run.Path, RunFolder.VerifyName);
        files.CreateFolder(folder);
        try
        {
            RunManifest manifest = run.Manifest with { Output = Path.Combine(folder, "again.zarr"), Post = null };
            OutputStore store = new(manifest, files);
            (int Z, int Y, int X)[] units = [.. manifest.CombineUnits.Touching(new Box3((0, 0, 0), manifest.CombineUnits.Volume))
                .Where(index => chosen.Contains(SegmentUnit.NameOf(index)))];
            foreach ((SegmentPlan direction, RunDirection stored) in plan.Directions.Zip(manifest.Directions))
            {
                await AnswerAsync(direction, stored, store, units, folder, drain, cancellationToken);
            }

            return await CompareAsync(manifest, store, units, folder, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task AnswerAsync(
        SegmentPlan direction,
        RunDirection stored,
        OutputStore store,
        (int Z, int Y, int X)[] units,
        string folder,
        CancellationToken drain,
        CancellationToken cancellationToken)
    {
        Box3[] needed = [.. units.Select(index => NeededBy(run.Manifest.CombineUnits.BoxOf(index), direction))];
        using StoreSink sink = new(direction, new StageFolder(Path.Combine(folder, direction.Frame.Name), files), store.CreateAnswers(stored));
        SegmentStage stage = new(direction, TurnedVolume.Over(volume, direction.Frame), segmenter, sink)
        {
            Wants = unit => needed.Any(box => !box.Intersect(unit.Box).IsEmpty),
            Drain = drain,
        };
        progress.Begin("verify", 0, "slices");
        await stage.RunAsync(new StageProgress(progress), cancellationToken);
    }

    /// <summary>What a unit reads of a direction, as its slices see it.</summary>
    private Box3 NeededBy(Box3 unit, SegmentPlan direction)
    {
        int along = run.Manifest.Combine!.MaxGap;
        int within = along > 0 ? BorderDistance.Reach : 0;
        Box3 slices = direction.Frame.Turn(unit);
        return Box3.FromBounds(
            (slices.Start.Z - along, slices.Start.Y - within, slices.Start.X - within),
            (slices.End.Z + along, slices.End.Y + within, slices.End.X + within));
    }

    private async Task<IReadOnlyList<string>> CompareAsync(
        RunManifest manifest, OutputStore store, (int Z, int Y, int X)[] units, string folder, CancellationToken cancellationToken)
    {
        StageFolder records = new(Path.Combine(folder, "combined"), files);
        CombineStage stage = new(manifest, records, store.CreateOutputs()) { Threads = plan.First.Threads };
        await using DirectionReaders answers = await DirectionReaders.OpenAsync(manifest, store, plan.First.Threads, cancellationToken);
        List<string> differences = [];
        foreach ((int Z, int Y, int X) index in units)
        {
            await stage.CombineAsync(index, answers.All, cancellationToken);
            string name = SegmentUnit.NameOf(index);
            Dictionary<string, StoredObject> now = records.ReadRecord(name)!.Objects.ToDictionary(o => o.Key);
            differences.AddRange(run.Combine.ReadRecord(name)!.Objects
                .Where(o => now.TryGetValue(o.Key, out StoredObject? again) && again.Sha256 != o.Sha256)
                .Select(o => $"unit {name}: {o.Key} is not what is computed now"));
        }

        return differences;
    }
}
