namespace ScrollSeg.Volumes.Tiff;

/// <summary>How <see cref="TiffFile"/> compresses what it writes.</summary>
public enum TiffCompression
{
    /// <summary>Samples as they are (compression 1).</summary>
    None,

    /// <summary>LZW (compression 5), which every reader knows.</summary>
    Lzw,

    /// <summary>Deflate in a zlib wrapper (compression 8), smaller than LZW.</summary>
    Deflate,
}
