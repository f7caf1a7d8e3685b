using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Writes a Zarr v2 array, whole chunks only: nothing is read, changed and written back, so that a chunk is either there
/// complete or not there. Thread-safe for different chunks.
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
    /// <exception cref="ArgumentException">Zarr v2 has no such array, or this program would not read it.</exception>
    /// <exception cref="IOException">The folder or the header cannot be written.</exception>
    public static ZarrArrayWriter Create(string path, ZarrArraySpec spec, AtomicFile files)
    {
        byte[] json = ZarrJson.ToBytes(HeaderOf(spec));
        string headerPath = Path.Combine(path, ZarrNode.ArrayName);
        ZarrHeader header;
        try
        {
            header = ZarrHeader.Parse(json, 2, headerPath); // what is written has to pass our own reader's checks
        }
        catch (VolumeFormatException e)
        {
            throw new ArgumentException($"No such array can be written: {e.Message}", nameof(spec), e);
        }

        files.CreateFolder(path);
        files.Write(headerPath, json);
        return new ZarrArrayWriter(path, spec, header, files);
    }

    /// <summary>Writes one chunk.</summary>
    /// <param name="index">Position of the chunk in the grid.</param>
    /// <param name="voxels">The part of the chunk that lies inside the volume. Stays the caller's.</param>
    /// <returns>What was written, its key relative to the array; <see langword="null"/>, and nothing is written, if every
    /// voxel has the fill value.</returns>
    /// <exception cref="IOException">The system refused; nothing new lies under the chunk's name.</exception>
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

        if (voxels.Shape == Spec.ChunkShape)
        {
            return WriteWhole(index, voxels.Bytes);
        }

        byte[] padded = ArrayPool<byte>.Shared.Rent(_header.ChunkBytes);
        try
        {
            Pad(voxels, padded.AsSpan(0, _header.ChunkBytes));
            return WriteWhole(index, padded.AsSpan(0, _header.ChunkBytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(padded);
        }
    }

    private Box3 BoxOf((int Z, int Y, int X) index)
    {
        Shape3 count = Spec.Chunks.Count;
        bool isInside = index is { Z: >= 0, Y: >= 0, X: >= 0 } && index.Z < count.Z && index.Y < count.Y && index.X < count.X;
        return isInside
            ? Spec.Chunks.BoxOf(index)
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"{_path} has {count} chunks (z, y, x).");
    }

    private StoredObject WriteWhole((int Z, int Y, int X) index, ReadOnlySpan<byte> chunk)
    {
        string key = _header.KeyOfChunk([index.Z, index.Y, index.X]);
        if (Spec.Codec is not ChunkCodec codec)
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
        if (Spec.Separator == '/')
        {
            _files.CreateFolder(Path.GetDirectoryName(path)!);
        }

        _files.Write(path, bytes);
        return new StoredObject(key, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private void Pad(VoxelBuffer voxels, Span<byte> chunk)
    {
        _header.FillValue.Fill(chunk);
        int size = Spec.Type.ByteSize();
        for (int z = 0; z < voxels.Shape.Z; z++)
        {
            for (int y = 0; y < voxels.Shape.Y; y++)
            {
                voxels.Row(z, y).CopyTo(chunk[(((z * Spec.ChunkShape.Y) + y) * Spec.ChunkShape.X * size)..]);
            }
        }
    }

    private static JsonObject HeaderOf(ZarrArraySpec spec) => new()
    {
        ["zarr_format"] = 2,
        ["shape"] = new JsonArray(spec.Shape.Z, spec.Shape.Y, spec.Shape.X),
        ["chunks"] = new JsonArray(spec.ChunkShape.Z, spec.ChunkShape.Y, spec.ChunkShape.X),
        ["dtype"] = ZarrDataType.Format(spec.Type),
        ["compressor"] = spec.Codec is null ? null : ZarrV2Codecs.Describe(spec.Codec),
        ["fill_value"] = ZarrFillValue.From(spec.FillValue, spec.Type).ToJson(),
        ["order"] = "C",
        ["filters"] = null,
        ["dimension_separator"] = spec.Separator.ToString(),
    };
}
