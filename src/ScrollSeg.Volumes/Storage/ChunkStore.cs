namespace ScrollSeg.Volumes.Storage;

/// <summary>
/// Bytes by key. Keys are relative paths with <c>/</c> between their parts: <c>0/.zarray</c>, <c>0/3/0/1</c>. Thread-safe.
/// </summary>
public abstract class ChunkStore
{
    /// <summary>What the store is, for messages: a folder, a file, an address.</summary>
    public abstract string Location { get; }

    /// <summary>Whether the store can say what keys it has. A server of files cannot.</summary>
    public virtual bool CanList => true;

    /// <summary>Whether reads wait for another machine, so that it pays to have many under way.</summary>
    public virtual bool IsRemote => false;

    /// <summary>Reads the whole value of a key.</summary>
    /// <returns>The bytes, which the caller disposes; <see langword="null"/> if the store has no such key.</returns>
    /// <exception cref="IOException">The key is there, or may be, but cannot be read. Never reported as absent.</exception>
    public abstract ValueTask<StoredBytes?> ReadAsync(string key, CancellationToken ct);

    /// <summary>Reads a part of the value of a key.</summary>
    /// <returns>The bytes, which the caller disposes: exactly those asked for, or the whole of a value that is shorter than
    /// a range at its end; <see langword="null"/> if the store has no such key.</returns>
    /// <exception cref="IOException">The key is there, or may be, but cannot be read, or ends before the range
    /// does.</exception>
    public abstract ValueTask<StoredBytes?> ReadRangeAsync(string key, ByteRange range, CancellationToken ct);

    /// <summary>Whether the store has the key.</summary>
    /// <exception cref="IOException">The store cannot tell.</exception>
    public abstract ValueTask<bool> ExistsAsync(string key, CancellationToken ct);

    /// <summary>Lists the keys below a prefix, which is empty or ends with <c>/</c>, in an order that depends on their names
    /// only. Temporary files of writes in progress are left out.</summary>
    /// <exception cref="NotSupportedException">The store cannot: see <see cref="CanList"/>.</exception>
    public abstract IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken ct);

    /// <summary>What tells one version of a key's value from another without reading it: the server's own tag and time of
    /// last change. For stores that cannot list; the others have <see cref="StoreEntry.LastWriteUtc"/>.</summary>
    /// <returns><see langword="null"/> if the store has no such key.</returns>
    public virtual ValueTask<string?> VersionOfAsync(string key, CancellationToken ct) =>
        throw new NotSupportedException($"{Location}: list the store to tell versions of {key}.");

    /// <summary>The store that this one lies in as a part of its keys.</summary>
    /// <param name="name">What comes before this store's keys there, without the <c>/</c> behind it.</param>
    /// <returns><see langword="null"/> if there is none.</returns>
    public abstract ChunkStore? Above(out string name);

    /// <summary>A key as it is shown in messages.</summary>
    public virtual string Describe(string key) => key.Length == 0 ? Location : $"{Location}/{key}";

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

    /// <summary>Refuses a prefix that neither is empty nor ends with <c>/</c>.</summary>
    /// <exception cref="ArgumentException">It is not, or would leave the store.</exception>
    protected static void CheckPrefix(string prefix)
    {
        if (prefix.Length > 0)
        {
            CheckKey(prefix.EndsWith('/')
                ? prefix[..^1]
                : throw new ArgumentException($"'{prefix}' does not end with '/'.", nameof(prefix)));
        }
    }
}
