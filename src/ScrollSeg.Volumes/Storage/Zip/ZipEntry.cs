namespace ScrollSeg.Volumes.Storage.Zip;

/// <summary>One file in a zip, as the central directory describes it.</summary>
/// <param name="Name">Path with <c>/</c> between its parts.</param>
/// <param name="Method">0 stored, 8 deflated.</param>
/// <param name="IsEncrypted">Whether a password is needed.</param>
/// <param name="Crc32">Checksum of the content.</param>
/// <param name="StoredLength">Bytes in the zip.</param>
/// <param name="Length">Bytes of the content.</param>
/// <param name="HeaderOffset">Where the entry's own header begins.</param>
/// <param name="LastWrite">When the content was last changed, by the clock of whoever made the zip.</param>
internal sealed record ZipEntry(
    string Name, int Method, bool IsEncrypted, uint Crc32, long StoredLength, long Length, long HeaderOffset, DateTime LastWrite)
{
    public const int StoredMethod = 0;
    public const int DeflateMethod = 8;

    /// <summary>First byte behind the entry: where the next one, or the central directory, begins.</summary>
    public long End { get; init; }
}
