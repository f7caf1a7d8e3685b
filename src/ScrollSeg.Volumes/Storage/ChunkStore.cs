namespace ScrollSeg.Volumes.Storage;

/// <summary>
/// Bytes by key. Keys are relative paths with <c>/</c> between their parts: <c>0/.zarray</c>, <c>0/3/0/1</c>. Thread-safe.
/// </summary>
public abstract class ChunkStore
{
    /// <summary>What the store is, for messages: a folder, a file, an address.</summary>
    public abstract string Location { get; }

    /// <summary>Reads the whole value of a key.</summary>
    /// <returns>The bytes, which the caller disposes; <see langword="null"/> if the store has no such key.</returns>
    /// <exception cref="IOException">The key is there, or may be, but cannot be read. Never reported as absent.</exception>
    public abstract ValueTask<StoredBytes?> ReadAsync(string key, CancellationToken ct);

    /// <summary>Whether the store has the key.</summary>
    /// <exception cref="IOException">The store cannot tell.</exception>
    public abstract ValueTask<bool> ExistsAsync(string key, CancellationToken ct);

    /// <summary>Lists the keys below a prefix, which is empty or ends with <c>/</c>, in an order that depends on their names
    /// only. Temporary files of writes in progress are left out.</summary>
    public abstract IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken ct);

    /// <summary>A key as it is shown in messages.</summary>
    public string Describe(string key) => $"{Location}/{key}";

    /// <summary>Whether every part of a key is a plain name: none is empty, <c>.</c> or <c>..</c>, none holds a backslash or
    /// NUL. What comes from a file's metadata is checked with this before it becomes a key.</summary>
    public static bool IsValidKey(string key) =>
        key.Length > 0 && !key.AsSpan().ContainsAny('\\', '\0') &&
        Array.TrueForAll(key.Split('/'), part => part is not ("" or "." or ".."));

    /// <summary>Refuses a key that <see cref="IsValidKey"/> does not take.</summary>
    /// <exception cref="ArgumentException">The key would leave the store, or is no relative path.</exception>
    protected static void CheckKey(string key)
    {
        if (!IsValidKey(key))
        {
            throw new ArgumentException($"'{key}' is no key: a relative path with plain names between '/' is.", nameof(key));
        }
    }
}
