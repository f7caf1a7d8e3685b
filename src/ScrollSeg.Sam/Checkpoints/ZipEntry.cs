namespace ScrollSeg.Sam.Checkpoints;

/// <summary>The bytes of one entry of a zip archive; they lie within the file.</summary>
/// <param name="Offset">Where they start in the file.</param>
/// <param name="Length">How many there are.</param>
internal readonly record struct ZipEntry(long Offset, long Length);
