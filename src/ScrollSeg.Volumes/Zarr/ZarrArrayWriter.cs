using System.Buffers;
using System.Security.Cryptography;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Writes a Zarr array, whole objects only, which are chunks or shards: nothing is read, changed and written back, so that
/// an object is either there complete or not there. Thread-safe for different objects.
/// </summary>
public sealed class ZarrArrayWriter
{
    private readonly string _path;
    private readonly AtomicFile _files;
    private readonly ZarrHeader _header;

    private ZarrArrayWriter(string path, ZarrArraySpec spec, ZarrHeader header, AtomicFile files)
    {
        _path = path;
        _files = files;
        _header = header;
        Spec = spec;
    }

    /// <summary>What the array is.</summary>
    public ZarrArraySpec Spec { get; }

    /// <summary>Makes the array's folder and writes its header. A header that is there is replaced by the same or another
    /// one; whether that is wanted is the caller's to know.</summary>
    /// <exception cref="ArgumentException">Zarr has no such array, or this program would not read it.</exception>
    /// <exception cref="IOException">The folder or the header cannot be written.</exception>
    public static ZarrArrayWriter Create(string path, ZarrArraySpec spec, AtomicFile files)
    {
        string headerPath = Path.Combine(path, spec.ZarrFormat == 2 ? ZarrNode.ArrayName : ZarrNode.Version3Name);
        byte[] json;
        ZarrHeader header;
        try
        {
            json = ZarrJson.ToBytes(ZarrArrayMetadata.Of(spec));
            header = ZarrHeader.Parse(json, spec.ZarrFormat, headerPath); // what is written has to pass our own reader's checks
            ZarrHeader.BytesOf([spec.ObjectShape.Z, spec.ObjectShape.Y, spec.ObjectShape.X], spec.Type);
        }
        catch (Exception e) when (e is VolumeFormatException or InvalidDataException or NotSupportedException)
        {
            throw new ArgumentException($"No such array can be written: {e.Message}", nameof(spec), e);
        }

        files.CreateFolder(path);
        files.Write(headerPath, json);
        return new ZarrArrayWriter(path, spec, header, files);
    }

    /// <summary>The key that an object has, relative to the array.</summary>
    /// <param name="index">Its position in <see cref="ZarrArraySpec.Objects"/>.</param>
    public string KeyOf((int Z, int Y, int X) index)
    {
        int[] each = _header.Shards?.Count ?? [1, 1, 1];
        return _header.KeyOfChunk([index.Z * each[0], index.Y * each[1], index.X * each[2]]);
    }

    /// <summary>Writes one object: a chunk, or a shard with all its chunks.</summary>
    /// <param name="index">Its position in <see cref="ZarrArraySpec.Objects"/>.</param>
    /// <param name="voxels">The part of the object that lies inside the volume. Stays the caller's.</param>
    /// <returns>What was written, its key relative to the array; <see langword="null"/>, and nothing is written, if every
    /// voxel has the fill value.</returns>
    /// <exception cref="IOException">The system refused; nothing new lies under the object's name.</exception>
    public StoredObject? WriteChunk((int Z, int Y, int X) index, VoxelBuffer voxels)
    {
        Box3 box = BoxOf(index);
        if (voxels.Shape != box.Shape || voxels.Type != Spec.Type)
        {
            throw new ArgumentException(
                $"Chunk {index} of {_path} takes {box.Shape} {Spec.Type} voxels, not {voxels.Shape} {voxels.Type}.", nameof(voxels));
        }

        if (_header.FillValue.FillsAll(voxels.Bytes))
        {
            return null;
        }

        if (voxels.Shape == Spec.ObjectShape)
        {
            return WriteWhole(index, voxels.Bytes);
        }

        int bytes = (int)Spec.ObjectShape.VoxelCount * Spec.Type.ByteSize();
        byte[] padded = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            Pad(voxels, padded.AsSpan(0, bytes));
            return WriteWhole(index, padded.AsSpan(0, bytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(padded);
        }
    }

    private Box3 BoxOf((int Z, int Y, int X) index)
    {
        Shape3 count = Spec.Objects.Count;
        bool isInside = index is { Z: >= 0, Y: >= 0, X: >= 0 } && index.Z < count.Z && index.Y < count.Y && index.X < count.X;
        return isInside
            ? Spec.Objects.BoxOf(index)
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"{_path} has {count} {(Spec.ShardShape is null ? "chunks" : "shards")} (z, y, x).");
    }

    private StoredObject WriteWhole((int Z, int Y, int X) index, ReadOnlySpan<byte> chunk)
    {
        string key = KeyOf(index);
        if ((_header.Shards ?? Spec.Codec) is not ChunkCodec codec)
        {
            return Store(key, chunk);
        }

        byte[] encoded = ArrayPool<byte>.Shared.Rent(codec.MaxEncodedLength(chunk.Length));
        try
        {
            int length = codec.Encode(chunk, encoded);
            return Store(key, encoded.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    private StoredObject Store(string key, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(_path, key);
        string folder = Path.GetDirectoryName(path)!;
        if (key.Contains('/', StringComparison.Ordinal) && !Directory.Exists(folder))
        {
            CheckStillThere();
            _files.CreateFolder(folder);
        }

        _files.Write(path, bytes);
        return new StoredObject(key, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>A process that outlived its run (on a node that was cut off, say) must not bring back the beginnings of a store
    /// that another one completed and renamed in the meantime.</summary>
    private void CheckStillThere()
    {
        if (!Directory.Exists(_path))
        {
            throw new IOException($"{_path}: the array is gone: its store was renamed or deleted while this process wrote into it.");
        }
    }

    private void Pad(VoxelBuffer voxels, Span<byte> chunk)
    {
        _header.FillValue.Fill(chunk);
        int size = Spec.Type.ByteSize();
        for (int z = 0; z < voxels.Shape.Z; z++)
        {
            for (int y = 0; y < voxels.Shape.Y; y++)
            {
                voxels.Row(z, y).CopyTo(chunk[(((z * Spec.ObjectShape.Y) + y) * Spec.ObjectShape.X * size)..]);
            }
        }
    }
}
