namespace ScrollSeg.Segmentation.Slicing;

/// <summary>Each slice on its own; with a stride, every n-th, which computes less and leaves slices without a mask.</summary>
public sealed record EverySlice : SteppedStrategy
{
    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override int Reach => 0;

    /// <inheritdoc/>
    public override IEnumerable<SliceGroup> GroupsFor(int sliceCount, int first, int end) =>
        Steps(sliceCount, first, end).Select(target => new SliceGroup(target, [target]));

    /// <inheritdoc/>
    public override string ToString() => Text("every").ToString();
}
