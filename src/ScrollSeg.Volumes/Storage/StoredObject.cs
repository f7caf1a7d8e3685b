namespace ScrollSeg.Volumes.Storage;

/// <summary>What was written under one key, for the record of the work that wrote it.</summary>
/// <param name="Key">Relative to the array or store that it was written to, with <c>/</c> between its parts.</param>
/// <param name="Bytes">Length as stored.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the bytes as stored.</param>
public sealed record StoredObject(string Key, long Bytes, string Sha256)
{
    /// <summary>For a key that holds nothing but the fill value, and so is not stored.</summary>
    public static StoredObject Absent(string key) => new(key, 0, "");
}
