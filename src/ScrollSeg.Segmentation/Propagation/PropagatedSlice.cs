using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Propagation;

/// <summary>Record of one slice that was reached.</summary>
/// <param name="Objects">Numbers of the objects that it has, ascending; none where the walk ends.</param>
/// <param name="Chunks">What was written of it.</param>
internal sealed record PropagatedSlice(IReadOnlyList<uint> Objects, IReadOnlyList<StoredObject> Chunks);
