using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Volumes;

/// <summary>How a volume is read; the same for every format.</summary>
public sealed record ReaderOptions
{
    /// <summary>Chunks that one read decodes at the same time. More of them finish a large read sooner, up to the number of
    /// cores; each holds one decoded and one encoded chunk. Default: the number of processors.</summary>
    public int DecodeThreads
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(DecodeThreads), value, "At least one thread has to decode.");
    } = Environment.ProcessorCount;

    /// <summary>Where a reader gets the memory that it decodes into when it cannot decode into the destination itself.
    /// Default <see cref="VoxelAllocator.Native"/>.</summary>
    public VoxelAllocator? Allocator { get; init; }

    /// <summary>Whether it is an error that the store does not have a chunk, rather than read as the fill value. Default no.</summary>
    public bool RequireComplete { get; init; }

    /// <summary>How volumes at the other end of a connection are read. Default <see cref="RemoteOptions"/>'s own.</summary>
    public RemoteOptions Remote { get; init; } = new();

    /// <summary>The file system that stores in folders are read from; a test may hand in one that fails. Default the system's.</summary>
    public FileOperations Files { get; init; } = FileOperations.System;

    /// <summary>How often a read from a folder is tried when the system's failure may pass. Default <see cref="Storage.Backoff.Default"/>.</summary>
    public Backoff Backoff { get; init; } = Backoff.Default;
}
