namespace ScrollSeg.Segmentation.Slicing;

/// <summary>Each slice on its own; with a stride, every n-th, counted from the first slice of the volume.</summary>
public sealed record EverySlice : SliceStrategy
{
    /// <summary>Slices from one target to the next. A larger stride computes less and leaves slices without a mask.
    /// Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Stride
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Stride), value, "The stride is at least 1 slice.");
    } = 1;

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override int Reach => 0;

    /// <inheritdoc/>
    public override IEnumerable<SliceGroup> GroupsFor(int sliceCount, int first, int end)
    {
        int start = checked((first + Stride - 1) / Stride * Stride);
        for (int target = start; target < Math.Min(end, sliceCount); target += Stride)
        {
            yield return new SliceGroup(target, [target]);
        }
    }
}
