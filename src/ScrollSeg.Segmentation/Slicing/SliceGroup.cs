namespace ScrollSeg.Segmentation.Slicing;

/// <summary>The source slices that go through the network together, and the slice they speak for.</summary>
/// <param name="Target">Index of the slice that the answer belongs to.</param>
/// <param name="Sources">Indices of the k slices shown to the network, in channel order.</param>
public sealed record SliceGroup(int Target, IReadOnlyList<int> Sources)
{
    /// <summary>Whether the group speaks for the flat image of a whole stack: then no source is more the target's own than
    /// another.</summary>
    public bool IsFlat { get; init; }

    /// <summary>The slice by which it is decided where there is data: the target; for a flat one the middle of the sources, and what
    /// any group has data for is supported.</summary>
    public int SupportSlice => IsFlat ? Sources[Sources.Count / 2] : Target;

    /// <summary>The first slice that must be at hand.</summary>
    public int First => Math.Min(SupportSlice, Sources.Min());

    /// <summary>The last slice that must be at hand.</summary>
    public int Last => Math.Max(SupportSlice, Sources.Max());

    /// <summary>Which channel shows the target itself, or the slice nearest to it, of several such the one nearest to the middle;
    /// <see langword="null"/> if the target is flat.</summary>
    public int? OwnChannel
    {
        get
        {
            if (IsFlat)
            {
                return null;
            }

            int middle = (Sources.Count - 1) / 2;
            return Enumerable.Range(0, Sources.Count).MinBy(k => (Math.Abs(Sources[k] - Target), Math.Abs(k - middle)));
        }
    }
}
