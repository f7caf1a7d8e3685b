using ScrollSeg.Segmentation.Prompting;

namespace ScrollSeg.Segmentation.Propagation;

/// <summary>What each slice that is no seed is prompted with once all walks are done: the objects of its neighbours on the way from a seed,
/// as far as they were found in it. So a unit is asked what the walk asked, whatever unit, shard or order it is in.</summary>
internal sealed class PropagatedNeighbours
{
    private readonly PropagatedPlanes _planes;
    private readonly Dictionary<int, List<Step>> _steps = [];
    private readonly Dictionary<bool, (int Slice, HashSet<uint> Objects)> _last = []; // one tile of a slice follows another

    public PropagatedNeighbours(PropagationPlan plan, PropagatedPlanes planes)
    {
        _planes = planes;
        foreach (PropagationWalk walk in plan.Walks)
        {
            Add(walk.Seed, walk.Up, isDown: false);
            Add(walk.Seed, walk.Down, isDown: true);
        }
    }

    /// <summary>The numbers of the neighbours' objects in a tile, a map for each way that leads to it.</summary>
    public IEnumerable<uint[]> For(TilePlace place, int side)
    {
        foreach (Step step in _steps.GetValueOrDefault(place.Slice, []))
        {
            HashSet<uint> objects = ObjectsIn(step.IsDown, place.Slice);
            if (objects.Count > 0)
            {
                uint[] labels = _planes.Read(step.FromIsDown, step.From, place, side, side);
                yield return [.. labels.Select(label => objects.Contains(label) ? label : 0)];
            }
        }
    }

    private void Add(int seed, IReadOnlyList<int> targets, bool isDown)
    {
        for (int i = 0; i < targets.Count; i++)
        {
            if (!_steps.TryGetValue(targets[i], out List<Step>? steps))
            {
                _steps.Add(targets[i], steps = []);
            }

            steps.Add(new Step(isDown, i == 0 ? seed : targets[i - 1], isDown && i > 0));
        }
    }

    private HashSet<uint> ObjectsIn(bool isDown, int slice)
    {
        if (!_last.TryGetValue(isDown, out (int Slice, HashSet<uint> Objects) last) || last.Slice != slice)
        {
            _last[isDown] = last = (slice, [.. _planes.RecordOf(isDown, slice)?.Objects ?? []]);
        }

        return last.Objects;
    }

    /// <param name="IsDown">Whether the slice is reached from above.</param>
    /// <param name="From">The neighbour.</param>
    /// <param name="FromIsDown">Whether the neighbour's objects lie in the array of those that were reached from above.</param>
    private readonly record struct Step(bool IsDown, int From, bool FromIsDown);
}
