using ScrollSeg.Segmentation.Planning;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Which units of a share of a run are done and which are left: a unit is done when it has a record and what the record names
/// is there.</summary>
internal sealed class RunWork
{
    private readonly RunFolder _run;
    private readonly SegmentPlan _plan;
    private readonly string _store;
    private readonly Shard _shard;
    private readonly HashSet<(int, int, int)> _done;

    /// <param name="run">The records.</param>
    /// <param name="plan">The units.</param>
    /// <param name="store">Where the objects lie.</param>
    /// <param name="shard">The share of the units that counts here.</param>
    public RunWork(RunFolder run, SegmentPlan plan, string store, Shard shard)
    {
        (_run, _plan, _store, _shard) = (run, plan, store, shard);
        _done = [.. AllUnits().Where(IsDone).Select(unit => unit.Index)];
    }

    /// <summary>Units of the share.</summary>
    public long Total => AllUnits().LongCount();

    /// <summary>Units that were done when this was made.</summary>
    public long Done => _done.Count;

    /// <summary>Slices to segment in the units that were left, over all columns: what the progress counts.</summary>
    public long SlicesLeft => AllUnits().Where(IsLeft).Sum(unit =>
    {
        (int start, int end) = (_plan.InVolume(unit.Box).Start.Z, _plan.InVolume(unit.Box).End.Z);
        return _plan.Strategy.GroupsFor(_plan.Volume.Shape.Z, start, end).LongCount();
    });

    /// <summary>Whether a unit was left when this was made.</summary>
    public bool IsLeft(SegmentUnit unit) => _shard.Has(unit, _plan.Units.Count) && !_done.Contains(unit.Index);

    /// <summary>Units that are left now.</summary>
    public long CountLeft() => AllUnits().Where(IsLeft).LongCount(unit => !IsDone(unit));

    private IEnumerable<SegmentUnit> AllUnits() =>
        _plan.ListColumns().SelectMany(column => column).Where(unit => _shard.Has(unit, _plan.Units.Count));

    private bool IsDone(SegmentUnit unit) => _run.ReadRecord(unit.Name)?.ObjectsAreThere(_store) ?? false;
}
