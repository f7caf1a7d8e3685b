namespace ScrollSeg.Volumes.Hdf5;

/// <summary>Where a chunk lies.</summary>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Length">Its bytes as stored.</param>
/// <param name="Skipped">The filters that it was stored without, a bit each.</param>
internal sealed record Hdf5Place(long Offset, long Length, uint Skipped);
