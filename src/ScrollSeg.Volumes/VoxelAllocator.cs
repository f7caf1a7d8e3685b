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
    /// <remarks>Very large ones are asked for in huge pages: rows of a chunk go to as many places as it has rows, and with pages of
    /// 4 KiB looking each one up costs as much as the copy.</remarks>
    private sealed partial class PageAllocator : VoxelAllocator
    {
        private const long SmallestOwnPages = 256 << 10;
        private const long SmallestHugePages = 4 << 20;
        private const int WantHugePages = 14;      // MADV_HUGEPAGE
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
            if (block == -1)
            {
                throw NoBlock(byteCount);
            }

            if (byteCount >= SmallestHugePages)
            {
                _ = Advise(block, (nuint)byteCount, WantHugePages); // a system that has none says no, and nothing is lost
            }

            return block;
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

        [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static partial int Advise(nint address, nuint length, int advice);

        [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static partial int Unmap(nint address, nuint length);
    }
}
