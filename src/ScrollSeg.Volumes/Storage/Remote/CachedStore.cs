namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>A store whose values are kept in a <see cref="ChunkCache"/> once they were fetched. That a key is absent is not
/// kept.</summary>
/// <param name="store">Where the values come from.</param>
/// <param name="cache">Where they are kept. Stays the caller's.</param>
/// <param name="version">Tells the values from those that the store had under the same keys at another time.</param>
public sealed class CachedStore(ChunkStore store, ChunkCache cache, string version) : ChunkStore
{
    /// <inheritdoc/>
    public override string Location => store.Location;

    /// <inheritdoc/>
    public override bool CanList => store.CanList;

    /// <inheritdoc/>
    public override bool IsRemote => store.IsRemote;

    /// <inheritdoc/>
    public override ValueTask<StoredBytes?> ReadAsync(string key, CancellationToken ct) =>
        ReadAsync($"{version}\n{store.Location}\n{key}", () => store.ReadAsync(key, ct));

    /// <inheritdoc/>
    public override ValueTask<StoredBytes?> ReadRangeAsync(string key, ByteRange range, CancellationToken ct) =>
        ReadAsync($"{version}\n{store.Location}\n{key}\n{range}", () => store.ReadRangeAsync(key, range, ct));

    /// <inheritdoc/>
    public override ValueTask<bool> ExistsAsync(string key, CancellationToken ct) => store.ExistsAsync(key, ct);

    /// <inheritdoc/>
    public override IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken ct) => store.ListAsync(prefix, ct);

    /// <inheritdoc/>
    public override ValueTask<string?> VersionOfAsync(string key, CancellationToken ct) => store.VersionOfAsync(key, ct);

    /// <inheritdoc/>
    public override ChunkStore? Above(out string name) => store.Above(out name);

    /// <inheritdoc/>
    public override string Describe(string key) => store.Describe(key);

    private async ValueTask<StoredBytes?> ReadAsync(string name, Func<ValueTask<StoredBytes?>> fetch)
    {
        if (cache.TryRead(name) is StoredBytes kept)
        {
            return kept;
        }

        StoredBytes? fetched = await fetch();
        if (fetched is not null)
        {
            cache.Keep(name, fetched);
        }

        return fetched;
    }
}
