namespace ScrollSeg.Segmentation.Slicing;

/// <summary>The source slices that go through the network together, and the slice they speak for.</summary>
/// <param name="Target">Index of the slice that the answer belongs to.</param>
/// <param name="Sources">Indices of the k slices shown to the network, in channel order.</param>
public sealed record SliceGroup(int Target, IReadOnlyList<int> Sources);
