using System.Buffers;
using System.Collections.Concurrent;
using ScrollSeg.Volumes.Hdf5.Format;
using ScrollSeg.Volumes.Hdf5.Format.Messages;
using ScrollSeg.Volumes.Raw;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>A volume in a dataset of an HDF5 file. A chunk that was never written holds the fill value; one that is there but
/// cannot be read or decoded is an error.</summary>
public sealed class Hdf5Volume : VolumeReader
{
    /// <summary>Places of chunks that are remembered; a million of them would be 50 MB.</summary>
    private const int MostPlaces = 1 << 16;

    private readonly Hdf5File _file;
    private readonly Hdf5Dataset _dataset;
    private readonly SemaphoreSlim _decoders;
    private readonly ConcurrentDictionary<(int Z, int Y, int X), Hdf5Place?> _places = [];

    /// <summary>All voxels of a dataset that lies in its own header.</summary>
    private readonly byte[]? _compact;

    private Hdf5Volume(VolumeInfo info, Hdf5File file, Hdf5Dataset dataset, ReaderOptions options)
        : base(info)
    {
        (_file, _dataset, _compact) = (file, dataset, dataset.Layout.Content);
        _decoders = new SemaphoreSlim(options.DecodeThreads);
    }

    /// <summary>Whether a path leads to or into an HDF5 file.</summary>
    public static bool Recognises(string path) => Hdf5Location.Of(path) is not null;

    /// <summary>Opens a dataset.</summary>
    /// <param name="path">The file, with the path of a dataset or group in it unless the file has one volume only.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops before the headers are read.</param>
    /// <exception cref="VolumeFormatException">The file is damaged, holds no or several volumes, or stores voxels in a way
    /// that is not read.</exception>
    public static Task<VolumeReader> OpenAsync(string path, ReaderOptions options, CancellationToken ct) =>
        Task.Run(() => Open(path, options), ct);

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(FlatVolume.FingerprintOf(
            withTimes, $"{_dataset.Path}\n{_dataset.Block}\n{Info.ChunkShape}\n{Info.Codec}", _file.Content.Path));

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        _decoders.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        ConcurrentBag<Box3> absent = [];
        await Parallel.ForEachAsync(Info.Chunks.Touching(region), cancellationToken, async (index, ct) =>
        {
            await _decoders.WaitAsync(ct);
            try
            {
                bool isThere = Backoff.Default.Run(() => ReadChunk(index, region, destination), cancellationToken: ct);
                if (!isThere)
                {
                    absent.Add(Info.Chunks.BoxOf(index).Intersect(region));
                }
            }
            finally
            {
                _decoders.Release();
            }
        });
        return [.. absent.OrderBy(part => part.Start)];
    }

    private static VolumeReader Open(string path, ReaderOptions options)
    {
        Hdf5Location location = Hdf5Location.Of(path) ?? throw new VolumeFormatException(path, "no HDF5 file, by its first bytes.");
        Hdf5File file = new(location.File);
        try
        {
            Hdf5Dataset dataset = Hdf5Dataset.Read(file, location.Resolve(file));
            file.Forget();
            VolumeInfo info = new(
                $"{location.File}/{dataset.Path}", $"HDF5 ({dataset.Layout.Class})", dataset.Block.Shape, dataset.Block.Type, ChunkShapeOf(dataset))
            {
                Codec = dataset.Pipeline.Description,
                VoxelSize = dataset.VoxelSize,
            };
            return dataset.Layout.Class == LayoutClass.Contiguous && dataset.Layout.Address != HeaderFile.Undefined
                ? OpenBlock(info, file, dataset, options)
                : new Hdf5Volume(info, file, dataset, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A dataset in one piece is read like any other block of voxels.</summary>
    private static FlatVolume OpenBlock(VolumeInfo info, Hdf5File file, Hdf5Dataset dataset, ReaderOptions options)
    {
        file.Dispose();
        FlatFile content = new(file.Content.Path);
        try
        {
            return new FlatVolume(info, content, dataset.Block with { Offset = dataset.Layout.Address }, options);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private static Shape3 ChunkShapeOf(Hdf5Dataset dataset) => dataset.Layout.Class switch
    {
        LayoutClass.Contiguous => dataset.Block.Piece,
        _ => dataset.ChunkShape,
    };

    private bool ReadChunk((int Z, int Y, int X) index, Box3 region, VoxelBuffer destination)
    {
        Box3 wanted = Info.Chunks.BoxOf(index).Intersect(region);
        if (_compact is not null)
        {
            Put(_compact, index, wanted, region, destination);
            Counters.AddChunk(_compact.Length, _compact.Length);
            return true;
        }

        Hdf5Place? place = PlaceOf(index);
        if (place is null)
        {
            Counters.AddAbsent();
            Fill(wanted, region, destination);
            return false;
        }

        byte[] stored = ArrayPool<byte>.Shared.Rent(StoredBytes(place, index));
        byte[] chunk = ArrayPool<byte>.Shared.Rent(_dataset.ChunkBytes);
        try
        {
            Span<byte> encoded = stored.AsSpan(0, (int)place.Length);
            _file.Content.Read(encoded, place.Offset, Describe(index));
            Decode(index, place, encoded, chunk.AsSpan(0, _dataset.ChunkBytes));
            Put(chunk, index, wanted, region, destination);
            Counters.AddChunk(place.Length, _dataset.ChunkBytes);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private Hdf5Place? PlaceOf((int Z, int Y, int X) index)
    {
        if (_dataset.Index is null)
        {
            return null; // one in one piece that has a place was opened as a block
        }

        if (_places.TryGetValue(index, out Hdf5Place? known))
        {
            return known;
        }

        long[] position = new long[_dataset.Rank];
        long[] start = [index.Z, index.Y, index.X];
        for (int axis = 1; axis <= Math.Min(3, position.Length); axis++)
        {
            position[^axis] = start[^axis];
        }

        Hdf5Place? place = _dataset.Index.Find(position);
        if (_places.Count >= MostPlaces)
        {
            _places.Clear();
        }

        return _places[index] = place;
    }

    /// <summary>The stored length, which is in the file and so not believed.</summary>
    private int StoredBytes(Hdf5Place place, (int Z, int Y, int X) index)
    {
        if (place.Offset < 0 || place.Offset > _file.Content.Length - place.Length)
        {
            throw _file.Content.Damaged(
                $"{Describe(index)} has {place.Length} bytes at byte {place.Offset}, outside the file of {_file.Content.Length}; is it truncated?");
        }

        return place.Length <= Array.MaxLength && place.Length * Hdf5Dataset.MaxExpansion >= _dataset.ChunkBytes
            ? (int)place.Length
            : throw _file.Content.Damaged($"{Describe(index)} has {place.Length} bytes, which cannot decode to {_dataset.ChunkBytes}.");
    }

    /// <summary>The filters that a chunk was stored without; the layout may say that those at the edge have none.</summary>
    private uint SkippedOf((int Z, int Y, int X) index, Hdf5Place place)
    {
        Shape3 chunk = Info.ChunkShape;
        bool isAtEdge = Info.Chunks.BoxOf(index).Shape != chunk || _dataset.ChunkExtents.SkipLast(3).Any(extent => extent > 1);
        return isAtEdge && _dataset.Layout.EdgesAreUnfiltered ? uint.MaxValue : place.Skipped;
    }

    private void Decode((int Z, int Y, int X) index, Hdf5Place place, ReadOnlySpan<byte> encoded, Span<byte> chunk)
    {
        try
        {
            _dataset.Pipeline.Decode(encoded, SkippedOf(index, place), chunk);
        }
        catch (InvalidDataException e)
        {
            throw _file.Content.Damaged(
                $"{Describe(index)} of {place.Length} bytes at byte {place.Offset} ({Info.Codec}) is damaged: {e.Message}", e);
        }
    }

    private void Put(ReadOnlySpan<byte> chunk, (int Z, int Y, int X) index, Box3 wanted, Box3 region, VoxelBuffer destination)
    {
        int size = Info.Type.ByteSize();
        Shape3 shape = Info.ChunkShape;
        Box3 inside = wanted.RelativeTo((index.Z * shape.Z, index.Y * shape.Y, index.X * shape.X));
        Box3 to = wanted.RelativeTo(region.Start);
        int rowBytes = wanted.Shape.X * size;
        for (int z = 0; z < wanted.Shape.Z; z++)
        {
            for (int y = 0; y < wanted.Shape.Y; y++)
            {
                int from = ((((inside.Start.Z + z) * shape.Y) + inside.Start.Y + y) * shape.X) + inside.Start.X;
                Span<byte> row = destination.Row(to.Start.Z + z, to.Start.Y + y).Slice(to.Start.X * size, rowBytes);
                chunk.Slice(from * size, rowBytes).CopyTo(row);
                FlatBlock.ToNative(row, _dataset.Block);
            }
        }
    }

    private void Fill(Box3 wanted, Box3 region, VoxelBuffer destination)
    {
        int size = Info.Type.ByteSize();
        Box3 to = wanted.RelativeTo(region.Start);
        for (int z = to.Start.Z; z < to.End.Z; z++)
        {
            for (int y = to.Start.Y; y < to.End.Y; y++)
            {
                Span<byte> row = destination.Row(z, y).Slice(to.Start.X * size, to.Shape.X * size);
                row.Clear();
                if (_dataset.FillValue is byte[] value)
                {
                    for (int x = 0; x < row.Length; x += size)
                    {
                        value.CopyTo(row[x..]);
                    }

                    FlatBlock.ToNative(row, _dataset.Block);
                }
            }
        }
    }

    private string Describe((int Z, int Y, int X) index) => $"dataset '{_dataset.Path}', chunk [{index.Z}, {index.Y}, {index.X}]";
}
