using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Copies a part of a Zarr array to a folder, object by object (chunks or whole shards), as they are stored: nothing is
/// decoded. The copy keeps the extent, the keys and so the coordinates of the whole; what was not copied is absent in it.
/// </summary>
public sealed class ZarrExcerpt
{
    /// <summary>Bytes that requests under way may hold together.</summary>
    private const long MostBytesUnderWay = 64L << 20;

    private readonly ZarrLocation _location;
    private readonly ZarrArray _array;
    private readonly ZarrAxes _axes;
    private readonly int _requests;

    private ZarrExcerpt(VolumeInfo info, ZarrLocation location, ZarrArray array, ZarrAxes axes, ReaderOptions options)
    {
        Info = info;
        _location = location;
        _array = array;
        _axes = axes;
        long bytes = Objects.Chunk.VoxelCount * info.Type.ByteSize();
        _requests = (int)Math.Clamp(MostBytesUnderWay / bytes, 1, array.Store.IsRemote ? options.Remote.RequestsAtOnce : options.DecodeThreads);
    }

    /// <summary>What the array is.</summary>
    public VolumeInfo Info { get; }

    /// <summary>Where the array lies in the copy; empty if no group declares it.</summary>
    public string Level => _location.Prefix.TrimEnd('/');

    /// <summary>Tells this array from one that was put in its place: a hash of its header.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(_array.HeaderBytes.Span));

    /// <summary>What is stored in one piece.</summary>
    public ChunkGrid Objects => new(Info.Shape, _array.Header.Shards is null ? Info.ChunkShape : _axes.ToShape(_array.Header.Shards.Shape));

    /// <summary>Opens an array to copy from.</summary>
    /// <param name="path">Folder or address of an array, a group or a group's level.</param>
    /// <param name="level">Number of the level among those that the group declares; default: the one that the path means.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops the look at the headers.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    /// <exception cref="VolumeFormatException">It is no Zarr volume.</exception>
    public static async Task<ZarrExcerpt> OpenAsync(string path, int? level, ReaderOptions options, CancellationToken ct)
    {
        ZarrLocation location = await ZarrLocation.FindAsync(await ZarrInfo.StoreAtAsync(path, options, ct), ct);
        if (level is int wanted)
        {
            int count = location.Group?.Datasets.Count ?? 1;
            location = wanted < count && wanted >= 0
                ? AtLevel(location, wanted)
                : throw new ArgumentOutOfRangeException(nameof(level), wanted, $"{path} has {count} levels, 0 to {count - 1}.");
        }

        ZarrArray array = await ZarrArray.OpenAsync(location.Store, location.Prefix, ct)
            ?? throw new VolumeFormatException(
                location.Store.Describe(location.Prefix.TrimEnd('/')), $"the group declares this level, but it has no {ZarrNode.HeaderNames}.");
        ZarrAxes axes = ZarrInfo.AxesOf(array, location);
        VolumeInfo info = new(
            location.Store.Describe(location.Prefix.TrimEnd('/')), $"Zarr v{array.Header.Version}", axes.ShapeOf(array.Header), array.Header.Type,
            axes.ChunkShapeOf(array.Header))
        {
            Codec = array.Header.CodecDescription,
        };
        return new ZarrExcerpt(info, location, array, axes, options);
    }

    /// <summary>The objects that hold a box, by their keys in the copy.</summary>
    public IEnumerable<string> KeysOf(Box3 region)
    {
        foreach ((int Z, int Y, int X) index in Objects.Touching(region))
        {
            (int Z, int Y, int X) start = Objects.BoxOf(index).Start;
            Shape3 chunk = Info.ChunkShape;
            yield return _array.KeyOf(_axes.IndexOf(_array.Header.Rank, (start.Z / chunk.Z, start.Y / chunk.Y, start.X / chunk.X)));
        }
    }

    /// <summary>Copies objects. Each is written under a temporary name, synced and renamed; one that the source does not have
    /// is noted as absent.</summary>
    /// <param name="keys">What to copy, as <see cref="KeysOf"/> names it.</param>
    /// <param name="folder">The copy.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="done">Is told of each object when it is safe; calls come from several threads.</param>
    /// <param name="ct">Stops between objects.</param>
    /// <exception cref="IOException">The source did not give one, or the disk did not take it.</exception>
    public async Task CopyAsync(IEnumerable<string> keys, string folder, AtomicFile files, Action<StoredObject> done, CancellationToken ct)
    {
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _requests, CancellationToken = ct };
        await Parallel.ForEachAsync(keys, parallel, async (key, token) =>
        {
            using StoredBytes? bytes = await _array.Store.ReadAsync(key, token);
            if (bytes is null)
            {
                done(StoredObject.Absent(key));
                return;
            }

            string path = Path.Combine(folder, key);
            files.CreateFolder(Path.GetDirectoryName(path)!);
            files.Write(path, bytes.Span);
            done(new StoredObject(key, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.Span))));
        });
    }

    /// <summary>Writes what makes the copy open by itself: the array's header as it is, and a group that declares, of the
    /// source's levels, those that the copy has.</summary>
    /// <param name="folder">The copy.</param>
    /// <param name="levels">Every <see cref="Level"/> that was copied to it.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="ct">Stops between documents.</param>
    public async Task WriteMetadataAsync(string folder, IReadOnlyCollection<string> levels, AtomicFile files, CancellationToken ct)
    {
        string header = Path.Combine(folder, _array.HeaderKey);
        files.CreateFolder(Path.GetDirectoryName(header)!);
        files.Write(header, _array.HeaderBytes.Span);
        string attributes = _location.Prefix + NgffMultiscales.AttributesName;
        using StoredBytes? ofArray = _array.Header.Version == 2 ? await _array.Store.ReadAsync(attributes, ct) : null;
        if (ofArray is not null)
        {
            files.Write(Path.Combine(folder, attributes), ofArray.Span);
        }

        if (_location.Group is not NgffMultiscales group)
        {
            return;
        }

        if (group.Key == NgffMultiscales.AttributesName)
        {
            NgffWriter.WriteGroup(folder, files);
        }

        files.Write(Path.Combine(folder, group.Key), ZarrJson.ToBytes(Reduced(group, levels)));
    }

    private static ZarrLocation AtLevel(ZarrLocation location, int level) => location.Group is null
        ? location
        : location with { Prefix = $"{location.Group.Datasets[level].Path}/", Level = level };

    /// <summary>The group's document without the levels that are not there, and without copies of headers.</summary>
    private static JsonObject Reduced(NgffMultiscales group, IReadOnlyCollection<string> levels)
    {
        JsonObject document = JsonNode.Parse(group.Raw)!.AsObject();
        document.Remove("consolidated_metadata");
        JsonObject owner = group.Key == ZarrNode.Version3Name ? document["attributes"]!["ome"]!.AsObject() : document;
        JsonObject first = owner["multiscales"]![0]!.AsObject();
        JsonArray kept = [.. first["datasets"]!.AsArray().Where(dataset => levels.Contains((string?)dataset!["path"] ?? "")).Select(dataset => dataset!.DeepClone())];
        first["datasets"] = kept;
        return document;
    }
}
