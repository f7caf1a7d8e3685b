namespace ScrollSeg.Volumes.Codecs;

/// <summary>How the four bytes of a <see cref="ChecksumFilter"/> are computed.</summary>
public enum ChecksumAlgorithm
{
    /// <summary>The CRC of gzip and PNG, reflected polynomial 0xEDB88320.</summary>
    Crc32,

    /// <summary>Castagnoli's CRC (RFC 3720), which processors compute.</summary>
    Crc32C,

    /// <summary>The two sums of zlib (RFC 1950).</summary>
    Adler32,
}
