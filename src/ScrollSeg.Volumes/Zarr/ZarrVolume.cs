using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// A volume in a Zarr v2 array, alone or as one level of an OME-NGFF image. An absent chunk holds the fill value; a chunk
/// that is there but cannot be read or decoded is an error.
/// </summary>
public sealed class ZarrVolume : VolumeReader
{
    /// <summary>Encoded chunks of a remote store that are held, at the most, unless a single one is larger.</summary>
    private const int MostBytesUnderWay = 64 << 20;

    private readonly ZarrArray _array;
    private readonly ZarrAxes _axes;
    private readonly byte[] _groupAttributes;
    private readonly string[] _documents;
    private readonly ReadSlots _slots;
    private readonly StridedVoxels _chunkVoxels;
    private readonly bool _chunksAreDense;
    private readonly ScratchPool _scratch;

    private ZarrVolume(VolumeInfo info, ZarrArray array, ZarrAxes axes, NgffMultiscales? group, ReaderOptions options)
        : base(info)
    {
        _array = array;
        _axes = axes;
        _groupAttributes = group?.Raw ?? [];
        _documents = [array.Prefix + ZarrArray.HeaderName, .. group is null ? [] : new[] { NgffMultiscales.AttributesName }];
        (int Z, int Y, int X) strides = axes.StridesOf(array.Header);
        _chunkVoxels = new StridedVoxels(info.Type.ByteSize(), strides);
        _slots = new ReadSlots(RequestsOf(array, options), options.DecodeThreads);
        _scratch = new ScratchPool(array.Header.ChunkBytes, options.DecodeThreads, options.Allocator);

        Shape3 chunk = info.ChunkShape;
        _chunksAreDense =
            array.Header.ChunkBytes == chunk.VoxelCount * info.Type.ByteSize() &&
            (chunk.X == 1 || strides.X == 1) &&
            (chunk.Y == 1 || strides.Y == chunk.X) &&
            (chunk.Z == 1 || strides.Z == chunk.X * chunk.Y);
    }

    /// <summary>Opens a volume.</summary>
    /// <param name="path">The folder or address of an array, of a group (then its finest level), or of a group's
    /// level.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops the look at the headers.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="VolumeFormatException">It holds no Zarr v2 volume, a damaged one, or one that is not supported: the
    /// message says which.</exception>
    public static async Task<ZarrVolume> OpenAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        ZarrLocation location = await ZarrLocation.FindAsync(await StoreAtAsync(path, options, ct), ct);
        ZarrArray array = await ZarrArray.OpenAsync(location.Store, location.Prefix, ct)
            ?? throw new VolumeFormatException(
                location.Store.Describe(location.Prefix.TrimEnd('/')),
                $"the group declares this level, but it has no {ZarrArray.HeaderName}.");

        ZarrAxes axes = AxesOf(array, location);
        List<string> defects = [.. location.Defects, .. location.Group?.Defects ?? []];
        VolumeInfo info = new(
            path,
            location.Group is null ? "Zarr v2" : $"Zarr v2 (NGFF {location.Group.Version})",
            axes.ShapeOf(array.Header),
            array.Header.Type,
            axes.ChunkShapeOf(array.Header))
        {
            Codec = array.Header.CodecDescription,
            Group = location.Group is null ? null : location.Store.Location,
            BytesUnderWay = array.Store.IsRemote ? (long)RequestsOf(array, options) * array.Header.ChunkBytes : 0,
            Level = location.Level,
            Levels = await DescribeLevelsAsync(location, array, defects, ct),
            VoxelSize = VoxelSizeOf(location, axes, array.Header.Rank, defects),
            Defects = defects,
        };

        return new ZarrVolume(info, array, axes, location.Group, options);
    }

    /// <inheritdoc/>
    /// <remarks>Where the store cannot list what it has, as on a web server: over the content of header and group
    /// attributes, and with times over what the server says of their version (ETag, Last-Modified, length). A chunk that was
    /// written over is not noticed then.</remarks>
    public override async ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_array.HeaderBytes.Span);
        hash.AppendData(_groupAttributes);
        if (!_array.Store.CanList)
        {
            foreach (string document in withTimes ? _documents : [])
            {
                string? version = await _array.Store.VersionOfAsync(document, cancellationToken);
                hash.AppendData(Encoding.UTF8.GetBytes($"{document}\t{version}\n"));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }

        await foreach (StoreEntry entry in _array.Store.ListAsync(_array.Prefix, cancellationToken))
        {
            string key = entry.Key[_array.Prefix.Length..];
            if (!Path.GetFileName(key).StartsWith(".z", StringComparison.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(
                    FormattableString.Invariant($"{key}\t{entry.Bytes}\t{(withTimes ? entry.LastWriteUtc.Ticks : 0)}\n")));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        _slots.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        ConcurrentBag<Box3> absent = [];
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = _slots.Requests,
            CancellationToken = cancellationToken,
        };

        await Parallel.ForEachAsync(Info.Chunks.Touching(region), parallel, async (index, ct) =>
        {
            Box3 wanted = Info.Chunks.BoxOf(index).Intersect(region);
            string key = _array.KeyOf(_axes.IndexOf(_array.Header.Rank, index));
            await _slots.RunAsync(
                token => _array.Store.ReadAsync(key, token),
                encoded =>
                {
                    if (!PutChunk(key, encoded, index, wanted, region, destination))
                    {
                        absent.Add(wanted);
                    }
                },
                ct);
        });

        return [.. absent.OrderBy(box => box.Start)];
    }

    /// <summary>One request per thread that decodes; more where each waits for another machine, as far as what they hold
    /// stays small.</summary>
    private static int RequestsOf(ZarrArray array, ReaderOptions options) => array.Store.IsRemote
        ? Math.Clamp(MostBytesUnderWay / array.Header.ChunkBytes, 1, Math.Max(options.Remote.RequestsAtOnce, 1))
        : options.DecodeThreads;

    private static async Task<ChunkStore> StoreAtAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        if (RemotePath.IsRemote(path) || StorePath.IsInZip(path))
        {
            return await StorePath.OpenAsync(path, options.Remote, ct);
        }

        FolderStore here = new(path);
        return Directory.Exists(path) ? here
            : File.Exists(path) ? throw new VolumeFormatException(path, "is a file, expected the folder of a Zarr array or group.")
            : throw new DirectoryNotFoundException($"{path}: there is no such folder.{await ZarrLocation.DeclaredAsync(here, ct)}");
    }

    private static ZarrAxes AxesOf(ZarrArray array, ZarrLocation location)
    {
        try
        {
            return ZarrAxes.Of(array.Header, location.Group?.Axes ?? []);
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(array.Store.Describe(array.Prefix + ZarrArray.HeaderName), e.Message, e);
        }
    }

    private static async Task<IReadOnlyList<VolumeLevel>> DescribeLevelsAsync(
        ZarrLocation location, ZarrArray opened, List<string> defects, CancellationToken ct)
    {
        ZarrArray?[] arrays = await ZarrDefects.OpenLevelsAsync(location, opened, defects, ct);
        List<VolumeLevel> levels = [];
        for (int i = 0; i < arrays.Length; i++)
        {
            NgffDataset dataset = location.Group!.Datasets[i];
            levels.Add(DescribeLevel(dataset, arrays[i], location.Group, defects));
        }

        ZarrDefects.CompareLevels(levels, arrays, defects);
        foreach ((ZarrArray? array, string name) in
            arrays.Length == 0 ? [(opened, "the array")] : arrays.Zip(levels, (array, level) => (array, $"level {level.Path}")))
        {
            if (array is not null)
            {
                await ZarrDefects.CheckChunksAsync(array, name, defects, ct);
            }
        }

        return levels;
    }

    private static VolumeLevel DescribeLevel(
        NgffDataset dataset, ZarrArray? array, NgffMultiscales group, List<string> defects)
    {
        if (array is null)
        {
            return new VolumeLevel(dataset.Path, null, (1, 1, 1));
        }

        try
        {
            ZarrAxes axes = ZarrAxes.Of(array.Header, group.Axes);
            double[]? scale = dataset.Scale?.Length == array.Header.Rank ? dataset.Scale : null;
            return new VolumeLevel(dataset.Path, axes.ShapeOf(array.Header), axes.ScaleOf(scale));
        }
        catch (InvalidDataException e)
        {
            defects.Add($"level {dataset.Path}: {e.Message}");
            return new VolumeLevel(dataset.Path, null, (1, 1, 1));
        }
    }

    /// <summary>A scale without a unit is relative to nothing known, as in the Vesuvius Challenge's stores.</summary>
    private static VoxelSize? VoxelSizeOf(ZarrLocation location, ZarrAxes axes, int rank, List<string> defects)
    {
        if (location.Group is not NgffMultiscales group || group.Axes.Count == 0)
        {
            return null;
        }

        if (group.Axes.Count != rank)
        {
            defects.Add($"the group declares {group.Axes.Count} axes, its arrays have {rank}");
            return null;
        }

        if (!axes.HasZ || group.Datasets[location.Level].Scale is not double[] scale)
        {
            return null;
        }

        double?[] unit = new double?[3];
        for (int i = 0; i < 3; i++)
        {
            NgffAxis axis = group.Axes[axes.First + i];
            unit[i] = axis.Unit is null ? null : NgffUnits.Micrometres(axis.Unit);
            if (axis.Unit is not null && unit[i] is null)
            {
                defects.Add($"axis {axis.Name} is measured in '{axis.Unit}', which is no known unit of length");
            }

            if (axis.Name is "z" or "y" or "x" && axis.Name[0] != "zyx"[i])
            {
                defects.Add($"axis {axes.First + i} is named {axis.Name}; it is taken as {"zyx"[i]}");
            }
        }

        (double Z, double Y, double X) edges = axes.ScaleOf(scale);
        return unit is [double z, double y, double x] ? new VoxelSize(edges.Z * z, edges.Y * y, edges.X * x) : null;
    }

    /// <summary>Puts the wanted part of a chunk where it belongs.</summary>
    /// <returns>Whether there was a chunk.</returns>
    private bool PutChunk(
        string key, StoredBytes? encoded, (int Z, int Y, int X) index, Box3 wanted, Box3 region, VoxelBuffer destination)
    {
        Box3 target = wanted.RelativeTo(region.Start);
        if (encoded is null)
        {
            Fill(target, destination);
            Counters.AddAbsent();
            return false;
        }

        if (_chunksAreDense && wanted.Shape == Info.ChunkShape && IsDense(target, destination))
        {
            _array.Decode(key, encoded.Span, DenseSpan(target, destination));
        }
        else
        {
            DecodeAndCopy(key, encoded, index, wanted, target, destination);
        }

        Counters.AddChunk(encoded.Length, _array.Header.ChunkBytes);
        return true;
    }

    private void DecodeAndCopy(
        string key, StoredBytes encoded, (int Z, int Y, int X) index, Box3 wanted, Box3 target, VoxelBuffer destination)
    {
        Box3 inside = wanted.RelativeTo(Info.Chunks.BoxOf(index).Start);
        if (_array.Header.Codecs.Count == 0)
        {
            _array.DecodeInPlace(key, encoded.Span);
            _chunkVoxels.CopyTo(encoded.Span, inside, destination, target.Start);
            return;
        }

        VoxelBuffer block = _scratch.Rent();
        try
        {
            _array.Decode(key, encoded.Span, block.Bytes);
            _chunkVoxels.CopyTo(block.Bytes, inside, destination, target.Start);
        }
        finally
        {
            _scratch.Return(block);
        }
    }

    private void Fill(Box3 target, VoxelBuffer destination)
    {
        int size = Info.Type.ByteSize();
        for (int z = target.Start.Z; z < target.End.Z; z++)
        {
            for (int y = target.Start.Y; y < target.End.Y; y++)
            {
                _array.Header.FillValue.Fill(
                    destination.Row(z, y).Slice(target.Start.X * size, target.Shape.X * size));
            }
        }
    }

    /// <summary>Whether the box's voxels follow one another in a buffer without a gap, where one span reaches them.</summary>
    private static bool IsDense(Box3 box, VoxelBuffer buffer)
    {
        bool isRow = box.Shape.Z == 1 && box.Shape.Y == 1;
        bool isPartOfPlane = box.Shape.Z == 1 && box.Shape.X == buffer.Shape.X &&
            buffer.Shape.PlaneCount * buffer.Type.ByteSize() <= int.MaxValue;
        return isRow || isPartOfPlane || (box.Shape.Y == buffer.Shape.Y && box.Shape.X == buffer.Shape.X);
    }

    private Span<byte> DenseSpan(Box3 box, VoxelBuffer buffer)
    {
        if (box.Shape.Y == buffer.Shape.Y && box.Shape.X == buffer.Shape.X)
        {
            return buffer.Planes(box.Start.Z, box.Shape.Z);
        }

        int size = Info.Type.ByteSize();
        return box.Shape.Y == 1
            ? buffer.Row(box.Start.Z, box.Start.Y).Slice(box.Start.X * size, box.Shape.X * size)
            : buffer.Plane(box.Start.Z).Slice(box.Start.Y * buffer.Shape.X * size, box.Shape.Y * buffer.Shape.X * size);
    }
}
