using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Propagation;

/// <summary>
/// Carries objects from seeds to their neighbours, slice by slice, before the first unit is computed. Whole slices, since an object's way
/// through the volume does not end at a unit's border. Each slice has a record: a stopped stage goes on with the slice after the
/// last one. Several processes share the seeds; whoever finds one that another process has takes the next.
/// </summary>
/// <param name="plan">The run's plan along z.</param>
/// <param name="propagation">The walks.</param>
/// <param name="planes">Where masks are kept; stays the caller's.</param>
/// <param name="prompts">What the segmenter is asked; the same object that it has.</param>
internal sealed class PropagateStage(SegmentPlan plan, PropagationPlan propagation, PropagatedPlanes planes, PropagatedPrompts prompts)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly int _foreground = Probability.FirstForegroundLevel(plan.Threshold);
    private long _done;

    /// <summary>Where the locks go that keep two processes from the same seed.</summary>
    public required string Folder { get; init; }

    /// <summary>Which process this is of several: each begins with another seed.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>Once cancelled, no further slice is begun.</summary>
    public CancellationToken Drain { get; init; }

    /// <summary>One slice goes through the network at a time: a batch of more tiles than it has would be computed for nothing.</summary>
    private SegmentPlan Single => plan with { Batch = (int)Math.Min(plan.Batch, propagation.TilesPerSlice) };

    /// <summary>Walks what is left, and tells the prompts where the masks are.</summary>
    /// <param name="volume">The volume; stays the caller's.</param>
    /// <param name="segmenter">The model; stays the caller's.</param>
    /// <param name="progress">Receives the slices done.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <returns>Slices that this process computed.</returns>
    /// <exception cref="RunStoppedException">It was asked to stop.</exception>
    public async Task<long> RunAsync(VolumeReader volume, ISliceSegmenter segmenter, IProgress<long> progress, CancellationToken cancellationToken)
    {
        long computed = 0;
        using (SliceAnswers answers = new(Single, volume, segmenter))
        {
            IReadOnlyList<PropagationWalk> walks = propagation.Walks;
            int start = (int)((long)walks.Count * Shard.Index / Shard.Count);
            Queue<PropagationWalk> left = new(walks.Skip(start).Concat(walks.Take(start)));
            for (int refused = 0; left.TryDequeue(out PropagationWalk? walk);)
            {
                using FileStream? mine = TryLock(walk);
                if (mine is null)
                {
                    left.Enqueue(walk);
                    if (++refused >= left.Count)
                    {
                        ThrowIfStopped();
                        await Task.Delay(Patience, cancellationToken);
                        refused = 0;
                    }

                    continue;
                }

                refused = 0;
                computed += await WalkAsync(walk, answers, progress, cancellationToken);
            }
        }

        Attach();
        return computed;
    }

    /// <summary>Tells the prompts where the masks are.</summary>
    public void Attach() => prompts.Take(new PropagatedNeighbours(propagation, planes).For);

    private async Task<long> WalkAsync(PropagationWalk walk, SliceAnswers answers, IProgress<long> progress, CancellationToken cancellationToken)
    {
        long computed = 0;
        if (planes.RecordOf(isDown: false, walk.Seed) is null)
        {
            planes.Write(isDown: false, walk.Seed, await SeedAsync(walk.Seed, answers, cancellationToken));
            computed += prompts.SeedsAreMasks ? 0 : 1;
        }

        Count(prompts.SeedsAreMasks ? 0 : 1, progress);
        computed += await WalkAsync(walk.Seed, walk.Up, false, answers, progress, cancellationToken);
        return computed + await WalkAsync(walk.Seed, walk.Down, true, answers, progress, cancellationToken);
    }

    /// <summary>From a seed one way, until nothing is left of it.</summary>
    private async Task<long> WalkAsync(
        int seed, IReadOnlyList<int> targets, bool isDown, SliceAnswers answers, IProgress<long> progress, CancellationToken cancellationToken)
    {
        long computed = 0;
        uint[]? before = null; // the neighbour's objects, unless they are still to be read
        for (int i = 0; i < targets.Count; i++)
        {
            PropagatedSlice? record = planes.RecordOf(isDown, targets[i]);
            if (record is null)
            {
                ThrowIfStopped();
                cancellationToken.ThrowIfCancellationRequested();
                before ??= i == 0 ? planes.Read(isDown: false, seed) : planes.Read(isDown, targets[i - 1]);
                before = await FollowAsync(targets[i], before, answers, cancellationToken);
                record = planes.Write(isDown, targets[i], before);
                computed++;
            }
            else
            {
                before = null;
            }

            Count(1, progress);
            if (record.Objects.Count == 0)
            {
                Count(targets.Count - i - 1, progress);
                break;
            }
        }

        return computed;
    }

    private async Task<uint[]> SeedAsync(int slice, SliceAnswers answers, CancellationToken cancellationToken)
    {
        (Box3 region, Shape3 shape) = (plan.Region, plan.Region.Shape);
        if (prompts.SeedsAreMasks)
        {
            return prompts.SeedLabels(new TilePlace(slice, region.Start.Y, region.Start.X), shape.Y, shape.X);
        }

        ThrowIfStopped();
        prompts.Take((_, _) => []);
        using VoxelBuffer levels = await answers.AnswerAsync(slice, cancellationToken);
        return ObjectFollowing.Number(levels.Bytes, _foreground, shape.X);
    }

    private async Task<uint[]> FollowAsync(int slice, uint[] before, SliceAnswers answers, CancellationToken cancellationToken)
    {
        prompts.Take((place, side) => [Cut(before, place, side)]);
        using VoxelBuffer levels = await answers.AnswerAsync(slice, cancellationToken);
        return ObjectFollowing.Follow(before, levels.Bytes, _foreground, plan.Region.Shape.X, prompts.Rule.MostChange);
    }

    /// <summary>A tile of a slice's objects, as <see cref="PropagatedPlanes.Read(bool, int, TilePlace, int, int)"/> reads it.</summary>
    private uint[] Cut(uint[] labels, TilePlace place, int side)
    {
        uint[] tile = new uint[side * side];
        Box3 region = plan.Region;
        (int left, int right) = (Math.Max(place.Column, region.Start.X), Math.Min(place.Column + side, region.End.X));
        for (int y = Math.Max(place.Row, region.Start.Y); y < Math.Min(place.Row + side, region.End.Y) && right > left; y++)
        {
            int from = ((y - region.Start.Y) * region.Shape.X) + left - region.Start.X;
            labels.AsSpan(from, right - left).CopyTo(tile.AsSpan(((y - place.Row) * side) + left - place.Column));
        }

        return tile;
    }

    private void Count(int slices, IProgress<long> progress) => progress.Report(_done += slices);

    private void ThrowIfStopped()
    {
        if (Drain.IsCancellationRequested)
        {
            throw new RunStoppedException($"{Folder}: stopped on the way from seeds to their neighbours; the same command goes on.");
        }
    }

    /// <summary>A courtesy, as <see cref="ShardLock"/> is: two processes that walk from the same seed write the same bytes.</summary>
    private FileStream? TryLock(PropagationWalk walk)
    {
        string path = Path.Combine(Folder, string.Create(null, $"seed-{walk.Seed}{ShardLock.Extension}"));
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
