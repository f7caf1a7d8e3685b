namespace ScrollSeg.Segmentation.Slicing;

/// <summary>Any strategy, of whose targets some are kept: for a flat target, the groups all of whose layers are.</summary>
public sealed record FilteredSlices : SliceStrategy
{
    private readonly int[]? _kept;

    /// <summary>Filters a strategy.</summary>
    /// <param name="inner">What is filtered.</param>
    /// <param name="rule">What is kept of it.</param>
    public FilteredSlices(SliceStrategy inner, KeepRule rule) => (Inner, Rule) = (inner, rule);

    /// <summary>What is filtered.</summary>
    public SliceStrategy Inner { get; private init; }

    /// <summary>What is kept of it.</summary>
    public KeepRule Rule { get; }

    /// <inheritdoc/>
    public override int Channels => Inner.Channels;

    /// <inheritdoc/>
    public override int Count => Inner.Count;

    /// <inheritdoc/>
    public override int Reach => Inner.Reach;

    /// <inheritdoc/>
    public override int? FlatTarget(int sliceCount) => Inner.FlatTarget(sliceCount);

    /// <inheritdoc/>
    public override bool NeedsFigures => _kept is null && (Rule.NeedsFigures || Inner.NeedsFigures);

    /// <inheritdoc/>
    public override IReadOnlyList<int> SlicesToMeasure(int sliceCount, int first, int end) =>
        Inner.SlicesToMeasure(sliceCount, first, end);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The rule asks for figures, and nobody gave them.</exception>
    public override SliceStrategy Within(int sliceCount, int first, int end, IReadOnlyDictionary<int, SliceFigures>? figures = null)
    {
        if (_kept is not null)
        {
            return this;
        }

        if (figures is null && Rule.NeedsFigures)
        {
            throw new InvalidOperationException($"{Rule} needs figures of the slices.");
        }

        SliceStrategy inner = Inner.Within(sliceCount, first, end, figures);
        IReadOnlyList<int> candidates = inner.CandidatesIn(sliceCount, first, end);
        return new FilteredSlices(inner, Rule, [.. Rule.Choose(candidates, figures ?? new Dictionary<int, SliceFigures>())]);
    }

    /// <inheritdoc/>
    public override IEnumerable<SliceGroup> GroupsFor(int sliceCount, int first, int end)
    {
        int[] kept = _kept ?? throw new InvalidOperationException($"{this}: not decided yet which slices are kept.");
        if (Inner.FlatTarget(sliceCount) is not null)
        {
            HashSet<int> layers = [.. kept];
            return Inner.GroupsFor(sliceCount, first, end).Where(group => group.Sources.All(layers.Contains));
        }

        int at = Array.BinarySearch(kept, first);
        return kept.Skip(at < 0 ? ~at : at).TakeWhile(target => target < end)
            .SelectMany(target => Inner.GroupsFor(sliceCount, target, target + 1));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Inner} --keep {Rule}";

    private FilteredSlices(SliceStrategy inner, KeepRule rule, int[] kept)
        : this(inner, rule) => _kept = kept;
}
