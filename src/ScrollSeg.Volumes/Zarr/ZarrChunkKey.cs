namespace ScrollSeg.Volumes.Zarr;

/// <summary>Tells the names of chunks from those of other files.</summary>
internal static class ZarrChunkKey
{
    /// <summary>Whether a key, relative to its array, is a chunk of an array of this rank and separator.</summary>
    public static bool Matches(string key, int rank, char separator)
    {
        string[] parts = key.Split(separator);
        return parts.Length == Math.Max(rank, 1) && Array.TrueForAll(parts, IsIndex);
    }

    /// <summary>Whether a key can only be a chunk's: at least two indices, between dots or slashes, behind
    /// version 3's <c>c</c> or not.</summary>
    public static bool LooksLikeOne(string key)
    {
        string[] parts = key.StartsWith("c/", StringComparison.Ordinal) || key.StartsWith("c.", StringComparison.Ordinal)
            ? key[2..].Split('/', '.')
            : key.Split('/', '.');
        return parts.Length >= 2 && Array.TrueForAll(parts, IsIndex);
    }

    private static bool IsIndex(string part) => part.Length > 0 && part.All(char.IsAsciiDigit);
}
