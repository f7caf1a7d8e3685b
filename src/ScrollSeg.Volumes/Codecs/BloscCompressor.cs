namespace ScrollSeg.Volumes.Codecs;

/// <summary>What compresses the blocks of a Blosc frame.</summary>
public enum BloscCompressor
{
    /// <summary>Blosc's own, a relative of FastLZ. Read only.</summary>
    BloscLz,

    /// <summary>LZ4, fast.</summary>
    Lz4,

    /// <summary>LZ4's format from its slow, high-compression encoder; decodes as <see cref="Lz4"/>.</summary>
    Lz4Hc,

    /// <summary>Deflate in zlib's wrapping.</summary>
    Zlib,

    /// <summary>Zstandard.</summary>
    Zstd,
}
