namespace ScrollSeg.Volumes.Images;

/// <summary>Receives pixels that lie side by side in one row, channels interleaved, native byte order.</summary>
/// <param name="y">Row in the image.</param>
/// <param name="x">Column of the first pixel.</param>
/// <param name="pixels">The samples; valid during the call only.</param>
internal delegate void PixelRun(int y, int x, ReadOnlySpan<byte> pixels);
