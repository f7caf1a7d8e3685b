namespace ScrollSeg.Segmentation.Slicing;

/// <summary>
/// Which slices of a volume are segmented, and which go through the network together. A value that plans: it reads
/// nothing, and the groups of a target depend on nothing but the strategy and the extent of the volume. Printed, it is what the
/// command line takes, and <see cref="StrategyText"/> reads it back.
/// </summary>
public abstract record SliceStrategy
{
    /// <summary>Source slices per group, k.</summary>
    public abstract int Channels { get; }

    /// <summary>Groups per target at most; what they say is fused.</summary>
    public virtual int Count => 1;

    /// <summary>How far a group's sources lie from its target at most, in slices.</summary>
    public abstract int Reach { get; }

    /// <summary>The layer that stands for the one flat image of a whole stack, in the middle of the layers that are used: all groups
    /// have it as their target, and the output is this one slice. <see langword="null"/> where targets are slices.</summary>
    /// <param name="sliceCount">Slices of the whole volume.</param>
    public virtual int? FlatTarget(int sliceCount) => null;

    /// <summary>The same strategy with everything decided that depends on the volume.</summary>
    /// <param name="sliceCount">Slices of the whole volume.</param>
    /// <param name="first">First slice of the region that is segmented.</param>
    /// <param name="end">First slice behind it.</param>
    /// <param name="figures">Figures of the <see cref="SlicesToMeasure"/>, if the strategy <see cref="NeedsFigures"/>.</param>
    /// <exception cref="InvalidRequestException">The strategy contradicts the volume.</exception>
    public abstract SliceStrategy Within(
        int sliceCount, int first, int end, IReadOnlyDictionary<int, SliceFigures>? figures = null);

    /// <summary>Whether figures of the slices themselves decide, which somebody must gather first.</summary>
    public virtual bool NeedsFigures => false;

    /// <summary>Lists the slices whose figures decide, ascending.</summary>
    public virtual IReadOnlyList<int> SlicesToMeasure(int sliceCount, int first, int end) =>
        Within(sliceCount, first, end).CandidatesIn(sliceCount, first, end);

    /// <summary>Lists the groups whose target lies in <c>[first, end)</c>, by ascending target; those of one target by their first
    /// source.</summary>
    /// <param name="sliceCount">Slices of the whole volume.</param>
    /// <param name="first">First target asked for.</param>
    /// <param name="end">First target not asked for.</param>
    public abstract IEnumerable<SliceGroup> GroupsFor(int sliceCount, int first, int end);

    /// <summary>Lists the targets in <c>[first, end)</c>, ascending.</summary>
    public IEnumerable<int> TargetsIn(int sliceCount, int first, int end)
    {
        int last = -1;
        foreach (SliceGroup group in GroupsFor(sliceCount, first, end))
        {
            if (group.Target != last)
            {
                yield return last = group.Target;
            }
        }
    }

    /// <summary>Lists what a filter chooses from: targets of a region, or the layers that a flat one's groups are made of.</summary>
    internal IReadOnlyList<int> CandidatesIn(int sliceCount, int first, int end) => FlatTarget(sliceCount) is null
        ? [.. TargetsIn(sliceCount, first, end)]
        : [.. GroupsFor(sliceCount, 0, sliceCount).SelectMany(group => group.Sources).Distinct().Order()];
}
