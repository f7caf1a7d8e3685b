using System.Collections.Concurrent;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Blocks of one size for chunks that cannot be decoded where they are wanted. Keeps at most <paramref name="kept"/> of them,
/// so that a long read does not ask the system for fresh pages per chunk. Thread-safe.
/// </summary>
/// <param name="blockBytes">Bytes of every block.</param>
/// <param name="kept">Blocks that stay when nobody uses them.</param>
/// <param name="allocator">Where they come from.</param>
internal sealed class ScratchPool(int blockBytes, int kept, VoxelAllocator? allocator) : IDisposable
{
    private readonly ConcurrentBag<VoxelBuffer> _idle = [];
    private bool _disposed;

    /// <summary>Takes a block; give it back with <see cref="Return"/>. It is not cleared.</summary>
    public VoxelBuffer Rent() => _idle.TryTake(out VoxelBuffer? block)
        ? block
        : VoxelBuffer.Rent(new Shape3(1, 1, blockBytes), VoxelType.UInt8, allocator);

    /// <summary>Gives a block back.</summary>
    public void Return(VoxelBuffer block)
    {
        if (Volatile.Read(ref _disposed) || _idle.Count >= kept)
        {
            block.Dispose();
            return;
        }

        _idle.Add(block);
    }

    /// <summary>Gives the idle blocks back to the system.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _disposed, true);
        while (_idle.TryTake(out VoxelBuffer? block))
        {
            block.Dispose();
        }
    }
}
