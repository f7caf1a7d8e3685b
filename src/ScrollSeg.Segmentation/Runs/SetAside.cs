using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>The units that failed in this process: each is recorded and passed over, so that one bad chunk does not cost a run of
/// days. When one after the other cannot be read, it is the store that is away, and the run stops instead.</summary>
/// <param name="records">The segment stage's records.</param>
/// <param name="progress">Is told of each.</param>
internal sealed class SetAside(StageFolder records, IRunProgress progress) : IProgress<long>
{
    private const int MostUnreadableInARow = 3;
    private const int NamedAtMost = 3;

    private readonly List<(UnitFailure Failure, Exception Cause)> _first = [];
    private int _unreadableInARow;

    /// <summary>Units set aside.</summary>
    public long Count { get; private set; }

    /// <summary>A slice was segmented: the store is not away.</summary>
    public void Report(long value)
    {
        Volatile.Write(ref _unreadableInARow, 0);
        progress.Advance(value);
    }

    /// <summary>Records a failure.</summary>
    /// <returns>Whether to go on with the other units.</returns>
    public bool Take(SegmentUnit unit, Exception cause)
    {
        UnitFailure failure = new(
            unit.Name, KindOf(cause), cause.Message.ReplaceLineEndings(" "), 1 + (records.ReadFailure(unit.Name)?.Attempts ?? 0));
        records.Write(failure);
        _unreadableInARow = failure.Kind == FailureKind.InputOutput ? _unreadableInARow + 1 : 0;
        if (_unreadableInARow >= MostUnreadableInARow)
        {
            return false;
        }

        Count++;
        if (_first.Count < NamedAtMost)
        {
            _first.Add((failure, cause));
        }

        progress.Note($"unit {unit.Name} is set aside: {failure.Problem}");
        return true;
    }

    /// <summary>What the run ends with: the failure itself if there was but one unit to do, else a list.</summary>
    /// <param name="all">The units of all stages.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="units">How many units there were.</param>
    public static Exception ToException(IReadOnlyList<SetAside> all, string run, long units)
    {
        long count = all.Sum(stage => stage.Count);
        List<(UnitFailure Failure, Exception Cause)> first = [.. all.SelectMany(stage => stage._first).Take(NamedAtMost)];
        if (count == units && first[0].Failure.Kind == FailureKind.BadInput)
        {
            return first[0].Cause; // nothing could be done at all: the volume is the problem
        }

        string named = string.Join("; ", first.Select(one => $"{one.Failure.Unit}: {one.Failure.Problem.TrimEnd('.')}"));
        string more = count > first.Count ? "; and more" : "";
        return new UnitsFailedException(
            $"{run}: {count} of {units} units failed and were set aside, the others are done. {named}{more}. " +
            $"'scrollseg status --run {run}' lists them; the same command tries them again.");
    }

    private static FailureKind KindOf(Exception cause) => cause switch
    {
        VolumeFormatException => FailureKind.BadInput,
        IOException => FailureKind.InputOutput,
        _ => FailureKind.Network,
    };
}
