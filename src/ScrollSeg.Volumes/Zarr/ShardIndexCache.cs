namespace ScrollSeg.Volumes.Zarr;

/// <summary>The indices of shards that were read last: slabs thinner than a shard come back to it. Thread-safe.</summary>
internal sealed class ShardIndexCache
{
    /// <summary>Bytes of all indices that are kept.</summary>
    public const long Limit = 8 << 20;

    /// <summary>What an entry takes beside its index: key, list node, dictionary slot.</summary>
    private const int EntryOverhead = 300;

    private readonly Dictionary<string, LinkedListNode<(string Key, ShardIndex? Index)>> _known = [];
    private readonly LinkedList<(string Key, ShardIndex? Index)> _lastUsedFirst = [];
    private readonly Lock _lock = new();
    private long _bytes;

    /// <summary>Bytes held.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Looks for a shard.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="index">Its index; <see langword="null"/> if the shard is known to be absent.</param>
    /// <returns>Whether the shard is known.</returns>
    public bool TryGet(string key, out ShardIndex? index)
    {
        lock (_lock)
        {
            index = null;
            if (!_known.TryGetValue(key, out LinkedListNode<(string Key, ShardIndex? Index)>? node))
            {
                return false;
            }

            _lastUsedFirst.Remove(node);
            _lastUsedFirst.AddFirst(node);
            index = node.Value.Index;
            return true;
        }
    }

    /// <summary>Keeps an index, and drops those that were not used for longest where there is no room.</summary>
    public void Add(string key, ShardIndex? index)
    {
        long size = EntryOverhead + (index?.Bytes ?? 0);
        lock (_lock)
        {
            if (size > Limit || _known.ContainsKey(key))
            {
                return;
            }

            while (_bytes + size > Limit && _lastUsedFirst.Last is { } oldest)
            {
                _bytes -= EntryOverhead + (oldest.Value.Index?.Bytes ?? 0);
                _known.Remove(oldest.Value.Key);
                _lastUsedFirst.RemoveLast();
            }

            _bytes += size;
            _known[key] = _lastUsedFirst.AddFirst((key, index));
        }
    }
}
