using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes;

/// <summary>Where voxel buffers get their memory. Thread-safe.</summary>
public abstract class VoxelAllocator
{
    /// <summary>Memory straight from the system, given back to it as soon as a buffer is disposed: the resident set
    /// follows what is in use, and no block is limited to 2 GiB as a managed array is.</summary>
    public static VoxelAllocator Native { get; } = new NativeAllocator();

    /// <summary>Takes a block, aligned to 64 bytes and not cleared.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no such block.</exception>
    public abstract nint Allocate(long byteCount);

    /// <summary>Gives a block back.</summary>
    public abstract void Free(nint block, long byteCount);

    private sealed unsafe class NativeAllocator : VoxelAllocator
    {
        public override nint Allocate(long byteCount)
        {
            try
            {
                return (nint)NativeMemory.AlignedAlloc((nuint)byteCount, 64);
            }
            catch (OutOfMemoryException e)
            {
                throw new InsufficientMemoryException($"The system has no block of {byteCount} bytes left.", e);
            }
        }

        public override void Free(nint block, long byteCount) => NativeMemory.AlignedFree((void*)block);
    }
}
