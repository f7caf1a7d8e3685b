namespace ScrollSeg.Volumes.Tiff;

/// <summary>How TIFF files that are written here are compressed.</summary>
public enum TiffCompression
{
    /// <summary>Samples as they are (compression 1).</summary>
    None,

    /// <summary>LZW (compression 5), which every reader knows.</summary>
    Lzw,

    /// <summary>Deflate in a zlib wrapper (compression 8), smaller than LZW.</summary>
    Deflate,

    /// <summary>Zstandard (compression 50000): faster and smaller than deflate; libtiff reads it since 4.0.10, many programs do not.</summary>
    Zstd,
}
