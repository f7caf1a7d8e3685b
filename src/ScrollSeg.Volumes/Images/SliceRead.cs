namespace ScrollSeg.Volumes.Images;

/// <summary>What it took to read rows of a slice.</summary>
/// <param name="EncodedBytes">Bytes fetched.</param>
/// <param name="DecodedBytes">Bytes decoded.</param>
/// <param name="Absent">Parts that the file leaves out, in pixels of the slice.</param>
internal readonly record struct SliceRead(long EncodedBytes, long DecodedBytes, IReadOnlyList<Box3> Absent);
