namespace ScrollSeg.Volumes.Storage;

/// <summary>One key of a store.</summary>
/// <param name="Key">Relative path with <c>/</c> between its parts.</param>
/// <param name="Bytes">Length as stored.</param>
/// <param name="LastWriteUtc">When it was last written, in UTC.</param>
public readonly record struct StoreEntry(string Key, long Bytes, DateTime LastWriteUtc);
