namespace ScrollSeg.Segmentation.Slicing;

/// <summary>
/// Which slices of a volume are segmented, and which go through the network together. A value that plans: it reads
/// nothing, and the groups of a target depend on nothing but the strategy and the extent of the volume.
/// </summary>
public abstract record SliceStrategy
{
    /// <summary>Source slices per group, k.</summary>
    public abstract int Channels { get; }

    /// <summary>How far a group's sources lie from its target at most, in slices.</summary>
    public abstract int Reach { get; }

    /// <summary>Lists the groups whose target lies in <c>[first, end)</c>, by ascending target.</summary>
    /// <param name="sliceCount">Slices of the whole volume.</param>
    /// <param name="first">First target asked for.</param>
    /// <param name="end">First target not asked for.</param>
    public abstract IEnumerable<SliceGroup> GroupsFor(int sliceCount, int first, int end);
}
