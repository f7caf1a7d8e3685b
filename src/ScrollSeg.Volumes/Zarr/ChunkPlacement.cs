namespace ScrollSeg.Volumes.Zarr;

/// <summary>Decodes chunks to where they are wanted: straight into the destination where a chunk lies there without gaps,
/// else through a block of a pool. Thread-safe.</summary>
internal sealed class ChunkPlacement(VolumeInfo info, ZarrArray array, ZarrAxes axes, ReaderOptions options, ReadCounters counters)
    : IDisposable
{
    private readonly StridedVoxels _chunkVoxels = new(info.Type.ByteSize(), axes.StridesOf(array.Header));
    private readonly bool _chunksAreDense = AreDense(info, array.Header, axes.StridesOf(array.Header));
    private readonly ScratchPool _scratch = new(array.Header.ChunkBytes, options.DecodeThreads, options.Allocator);

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    /// <summary>Puts the wanted part of a chunk where it belongs.</summary>
    /// <param name="key">The key of the object that holds the chunk, for messages.</param>
    /// <param name="encoded">The chunk as stored. May be changed.</param>
    /// <param name="offset">Where it begins in a shard.</param>
    /// <param name="index">Its position in the grid.</param>
    /// <param name="wanted">The part of the volume that is wanted of it.</param>
    /// <param name="region">The part of the volume that the destination holds.</param>
    /// <param name="destination">Receives the voxels.</param>
    public void Put(
        string key, Span<byte> encoded, long offset, (int Z, int Y, int X) index, Box3 wanted, Box3 region, VoxelBuffer destination)
    {
        Box3 target = wanted.RelativeTo(region.Start);
        if (_chunksAreDense && wanted.Shape == info.ChunkShape && IsDense(target, destination))
        {
            array.Decode(key, encoded, DenseSpan(target, destination), offset);
        }
        else
        {
            DecodeAndCopy(key, encoded, offset, index, wanted, target, destination);
        }

        counters.AddChunk(encoded.Length, array.Header.ChunkBytes);
    }

    private void DecodeAndCopy(
        string key, Span<byte> encoded, long offset, (int Z, int Y, int X) index, Box3 wanted, Box3 target, VoxelBuffer destination)
    {
        Box3 inside = wanted.RelativeTo(info.Chunks.BoxOf(index).Start);
        ChunkCoding coding = array.Header.Coding;
        if (coding.Chain.IsEmpty && (coding.IsNative || array.Header.Shards is null)) // two chunks of a shard may be the same bytes
        {
            array.DecodeInPlace(key, encoded, offset);
            _chunkVoxels.CopyTo(encoded, inside, destination, target.Start);
            return;
        }

        VoxelBuffer block = _scratch.Rent();
        try
        {
            array.Decode(key, encoded, block.Bytes, offset);
            _chunkVoxels.CopyTo(block.Bytes, inside, destination, target.Start);
        }
        finally
        {
            _scratch.Return(block);
        }
    }

    /// <summary>Sets the voxels of an absent chunk.</summary>
    public void Fill(Box3 wanted, Box3 region, VoxelBuffer destination)
    {
        counters.AddAbsent();
        Box3 target = wanted.RelativeTo(region.Start);
        int size = info.Type.ByteSize();
        for (int z = target.Start.Z; z < target.End.Z; z++)
        {
            for (int y = target.Start.Y; y < target.End.Y; y++)
            {
                array.Header.FillValue.Fill(
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

        int size = info.Type.ByteSize();
        return box.Shape.Y == 1
            ? buffer.Row(box.Start.Z, box.Start.Y).Slice(box.Start.X * size, box.Shape.X * size)
            : buffer.Plane(box.Start.Z).Slice(box.Start.Y * buffer.Shape.X * size, box.Shape.Y * buffer.Shape.X * size);
    }

    private static bool AreDense(VolumeInfo info, ZarrHeader header, (int Z, int Y, int X) strides)
    {
        Shape3 chunk = info.ChunkShape;
        return header.ChunkBytes == chunk.VoxelCount * info.Type.ByteSize() &&
            (chunk.X == 1 || strides.X == 1) &&
            (chunk.Y == 1 || strides.Y == chunk.X) &&
            (chunk.Z == 1 || strides.Z == chunk.X * chunk.Y);
    }
}
