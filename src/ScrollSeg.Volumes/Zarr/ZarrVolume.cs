using System.Collections.Concurrent;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// A volume in a Zarr array of version 2 or 3, alone or as one level of an OME-NGFF image. An absent chunk holds the fill
/// value; a chunk that is there but cannot be read or decoded is an error.
/// </summary>
public sealed class ZarrVolume : VolumeReader
{
    /// <summary>Encoded bytes that more requests than threads may hold, at the most.</summary>
    private const int MostBytesUnderWay = 64 << 20;

    private readonly ZarrArray _array;
    private readonly ZarrAxes _axes;
    private readonly NgffMultiscales? _group;
    private readonly ChunkCache? _cache;
    private readonly ReadSlots _slots;
    private readonly ChunkPlacement _placement;

    private ZarrVolume(
        VolumeInfo info, ZarrArray array, ZarrAxes axes, NgffMultiscales? group, ReaderOptions options, ChunkCache? cache)
        : base(info)
    {
        _array = array;
        _axes = axes;
        _group = group;
        _cache = cache;
        _slots = new ReadSlots(RequestsOf(array, options), options.DecodeThreads);
        _placement = new ChunkPlacement(info, array, axes, options, Counters);
    }

    /// <summary>Opens a volume.</summary>
    /// <param name="path">The folder or address of an array, of a group (then its finest level), or of a group's
    /// level; or a <c>.zip</c> of one.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops the look at the headers.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="VolumeFormatException">It holds no Zarr volume, a damaged one, or one that is not supported: the
    /// message says which.</exception>
    public static async Task<ZarrVolume> OpenAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        ZarrLocation location = await ZarrLocation.FindAsync(await ZarrInfo.StoreAtAsync(path, options, ct), ct);
        ZarrArray array = await ZarrArray.OpenAsync(location.Store, location.Prefix, ct)
            ?? throw new VolumeFormatException(
                location.Store.Describe(location.Prefix.TrimEnd('/')),
                $"the group declares this level, but it has no {ZarrNode.HeaderNames}.");

        ZarrAxes axes = ZarrInfo.AxesOf(array, location);
        VolumeInfo info = await ZarrInfo.DescribeAsync(path, location, array, axes, ct) with
        {
            BytesUnderWay = BytesUnderWayOf(array, options),
        };
        if (options.Remote.CacheFolder is not string folder || !array.Store.IsRemote)
        {
            return new ZarrVolume(info, array, axes, location.Group, options, null);
        }

        string version = await ZarrFingerprint.OfAsync(array, location.Group, withTimes: true, ct);
        ChunkCache cache = ChunkCache.Open(folder, options.Remote.CacheBytes);
        return new ZarrVolume(info, array.Through(new CachedStore(array.Store, cache, version)), axes, location.Group, options, cache);
    }

    /// <inheritdoc/>
    /// <remarks>Where the store cannot list what it has, as on a web server: over the content of header and group
    /// attributes, and with times over what the server says of their version (ETag, Last-Modified, length). A chunk that was
    /// written over is not noticed then.</remarks>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) =>
        ZarrFingerprint.OfAsync(_array, _group, withTimes, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _placement.Dispose();
        _slots.Dispose();
        _cache?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        ConcurrentBag<Box3> absent = [];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _slots.Requests, CancellationToken = cancellationToken };
        if (_array.Header.Shards is null)
        {
            await Parallel.ForEachAsync(
                Info.Chunks.Touching(region), parallel, (index, ct) => ReadChunkAsync(index, region, destination, absent, ct));
        }
        else
        {
            ChunkGrid shards = new(Info.Shape, _axes.ToShape(_array.Header.Shards.Shape));
            await Parallel.ForEachAsync(
                shards.Touching(region), parallel, (shard, ct) => ReadShardAsync(shards.BoxOf(shard), region, destination, absent, ct));
        }

        return [.. absent.OrderBy(box => box.Start)];
    }

    /// <summary>One request per thread that decodes; more where each waits for another machine, as far as what they hold
    /// stays small.</summary>
    private static int RequestsOf(ZarrArray array, ReaderOptions options) => array.Store.IsRemote
        ? Math.Clamp(MostBytesUnderWay / RequestBytesOf(array), 1, options.Remote.RequestsAtOnce)
        : options.DecodeThreads;

    private static int RequestBytesOf(ZarrArray array) =>
        Math.Max(array.Header.ChunkBytes, array.Header.Shards is null ? 1 : ShardRun.LongestRun);

    /// <summary>An encoded chunk per thread is what every reader holds.</summary>
    private static long BytesUnderWayOf(ZarrArray array, ReaderOptions options)
    {
        long held = (long)RequestsOf(array, options) * RequestBytesOf(array);
        long cache = array.Header.Shards is null ? 0 : ShardIndexCache.Limit;
        return cache + Math.Max(0, held - ((long)options.DecodeThreads * array.Header.ChunkBytes));
    }

    private ValueTask ReadChunkAsync(
        (int Z, int Y, int X) index, Box3 region, VoxelBuffer destination, ConcurrentBag<Box3> absent, CancellationToken ct)
    {
        string key = KeyOf(index);
        return _slots.RunAsync(
            token => _array.Store.ReadAsync(key, token),
            encoded =>
            {
                Box3 wanted = Info.Chunks.BoxOf(index).Intersect(region);
                if (encoded is null)
                {
                    FillAbsent(wanted, region, destination, absent);
                }
                else
                {
                    _placement.Put(key, encoded.Span, 0, index, wanted, region, destination);
                }
            },
            ct);
    }

    private async ValueTask ReadShardAsync(
        Box3 shard, Box3 region, VoxelBuffer destination, ConcurrentBag<Box3> absent, CancellationToken ct)
    {
        Box3 wanted = shard.Intersect(region);
        string key = KeyOf(Info.Chunks.Touching(wanted).First());
        ShardIndex? index = await _slots.FetchAsync(token => _array.ReadShardIndexAsync(key, token), ct);
        List<ShardPart> parts = [];
        foreach ((int Z, int Y, int X) chunk in Info.Chunks.Touching(wanted))
        {
            if (index is not null && _array.PlaceOf(key, index, IndexOf(chunk)) is (long offset, int length))
            {
                parts.Add(new ShardPart(chunk, offset, length));
            }
            else
            {
                FillAbsent(Info.Chunks.BoxOf(chunk).Intersect(region), region, destination, absent);
            }
        }

        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _slots.Requests, CancellationToken = ct };
        await Parallel.ForEachAsync(ShardRun.Join(parts), parallel, (run, token) => ReadRunAsync(key, run, region, destination, token));
    }

    private ValueTask ReadRunAsync(string key, ShardRun run, Box3 region, VoxelBuffer destination, CancellationToken ct) => _slots.RunAsync(
        token => _array.Store.ReadRangeAsync(key, ByteRange.From(run.Offset, run.Length), token),
        fetched =>
        {
            foreach (ShardPart part in run.Chunks)
            {
                Span<byte> encoded = fetched is null
                    ? throw new IOException($"{_array.Store.Describe(key)}: went away while it was read.")
                    : fetched.Span.Slice((int)(part.Offset - run.Offset), part.Length);
                Box3 wanted = Info.Chunks.BoxOf(part.Index).Intersect(region);
                _placement.Put(key, encoded, part.Offset, part.Index, wanted, region, destination);
            }
        },
        ct);

    private void FillAbsent(Box3 wanted, Box3 region, VoxelBuffer destination, ConcurrentBag<Box3> absent)
    {
        _placement.Fill(wanted, region, destination);
        absent.Add(wanted);
    }

    private string KeyOf((int Z, int Y, int X) chunk) => _array.KeyOf(IndexOf(chunk));

    private int[] IndexOf((int Z, int Y, int X) chunk) => _axes.IndexOf(_array.Header.Rank, chunk);
}
