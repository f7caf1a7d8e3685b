using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;

namespace ScrollSeg.Segmentation.Propagation;

/// <summary>Which slices are reached from which seeds: from each seed both ways, target by target, to the next seed or to the limit. A
/// function of seeds, strategy and region.</summary>
/// <param name="Walks">One for each seed, by ascending slice.</param>
/// <param name="SeedsAreMasks">Whether the seeds' own masks are there already.</param>
/// <param name="TilesPerSlice">Tiles of a slice.</param>
public sealed record PropagationPlan(IReadOnlyList<PropagationWalk> Walks, bool SeedsAreMasks, long TilesPerSlice)
{
    /// <summary>Slices that a network answers on the way: at most so many, since objects may end sooner.</summary>
    public long Slices => Walks.Sum(walk => (SeedsAreMasks ? 0L : 1) + walk.Up.Count + walk.Down.Count);

    /// <summary>Tiles of these slices.</summary>
    public long Tiles => Slices * TilesPerSlice;

    /// <summary>Targets that are seeds, or are reached from one.</summary>
    public long Reached => Walks.SelectMany(walk => walk.Up.Concat(walk.Down).Append(walk.Seed)).Distinct().LongCount();

    /// <summary>Finds the walks of a run.</summary>
    /// <exception cref="InvalidRequestException">No seed is among the targets.</exception>
    public static PropagationPlan Of(SegmentPlan plan, PropagatedPrompts prompts)
    {
        int[] targets = [.. plan.Strategy.TargetsIn(plan.Volume.Shape.Z, plan.Region.Start.Z, plan.Region.End.Z)];
        HashSet<int> wanted = [.. prompts.Seeds];
        int[] seeds = [.. Enumerable.Range(0, targets.Length).Where(i => wanted.Contains(targets[i]))];
        if (seeds.Length == 0)
        {
            string there = prompts.Seeds.Count == 0 ? "has none" : $"has {prompts.Seeds.Count}, in slices {prompts.Seeds[0]} to {prompts.Seeds[^1]}";
            throw new InvalidRequestException(
                $"--prompts propagate needs a seed among the slices that are segmented, {targets[0]} to {targets[^1]} ('{plan.Strategy}'); its source {there}.");
        }

        (int reach, int last) = (prompts.Rule.Limit, targets.Length - 1);
        List<PropagationWalk> walks = [];
        for (int k = 0; k < seeds.Length; k++)
        {
            (int at, int before, int after) = (seeds[k], k > 0 ? seeds[k - 1] : -1, k + 1 < seeds.Length ? seeds[k + 1] : last + 1);
            walks.Add(new PropagationWalk(
                targets[at],
                [.. targets[(at + 1)..after].TakeWhile(slice => slice - targets[at] <= reach)],
                [.. targets[(before + 1)..at].Reverse().TakeWhile(slice => targets[at] - slice <= reach)]));
        }

        long tiles = (long)plan.TileRows.Covering(plan.Region.Start.Y, plan.Region.End.Y).Count
            * plan.TileColumns.Covering(plan.Region.Start.X, plan.Region.End.X).Count;
        return new PropagationPlan(walks, prompts.SeedsAreMasks, tiles);
    }
}
