namespace ScrollSeg.Volumes.Codecs;

/// <summary>What stands around deflated data.</summary>
internal enum DeflateWrapping
{
    /// <summary>Nothing (RFC 1951).</summary>
    None,

    /// <summary>Two bytes before, an Adler-32 after (RFC 1950).</summary>
    Zlib,

    /// <summary>Ten bytes or more before, CRC-32 and length after; any number of such members (RFC 1952).</summary>
    Gzip,
}
