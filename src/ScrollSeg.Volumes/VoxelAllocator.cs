using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes;

/// <summary>Where voxel buffers get their memory. Thread-safe.</summary>
public abstract partial class VoxelAllocator
{
    /// <summary>Memory straight from the system, given back to it as soon as a buffer is disposed: the resident set
    /// follows what is in use, and no block is limited to 2 GiB as a managed array is.</summary>
    public static VoxelAllocator Native { get; } = OperatingSystem.IsLinux() ? new PageAllocator() : new HeapAllocator();

    /// <summary>Takes a block, aligned to 64 bytes and not cleared.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no such block.</exception>
    public abstract nint Allocate(long byteCount);

    /// <summary>Gives a block back.</summary>
    public abstract void Free(nint block, long byteCount);

    private static InsufficientMemoryException NoBlock(long byteCount, Exception? cause = null) =>
        new($"The system has no block of {byteCount} bytes left.", cause);

    private sealed unsafe class HeapAllocator : VoxelAllocator
    {
        public override nint Allocate(long byteCount)
        {
            try
            {
                return (nint)NativeMemory.AlignedAlloc((nuint)byteCount, 64);
            }
            catch (OutOfMemoryException e)
            {
                throw NoBlock(byteCount, e);
            }
        }

        public override void Free(nint block, long byteCount) => NativeMemory.AlignedFree((void*)block);
    }

    /// <summary>
    /// Pages of their own for each large block. The C library's heap keeps what was freed for later: over 1024^3 voxels
    /// it grew to 1.4 times what was in use (glibc 2.36, buffers of 2 to 60 MiB from several threads).
    /// </summary>
    private sealed partial class PageAllocator : VoxelAllocator
    {
        private const long SmallestOwnPages = 256 << 10;
        private const int ReadWrite = 3;           // PROT_READ | PROT_WRITE
        private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS

        private readonly HeapAllocator _small = new();

        public override nint Allocate(long byteCount)
        {
            if (byteCount < SmallestOwnPages)
            {
                return _small.Allocate(byteCount);
            }

            nint block = Map(0, (nuint)byteCount, ReadWrite, PrivateAnonymous, -1, 0);
            return block == -1 ? throw NoBlock(byteCount) : block;
        }

        public override void Free(nint block, long byteCount)
        {
            if (byteCount < SmallestOwnPages)
            {
                _small.Free(block, byteCount);
            }
            else
            {
                _ = Unmap(block, (nuint)byteCount);
            }
        }

        [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

        [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static partial int Unmap(nint address, nuint length);
    }
}
