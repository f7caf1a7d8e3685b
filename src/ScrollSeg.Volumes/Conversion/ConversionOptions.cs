using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>What a conversion to Zarr is to make.</summary>
public sealed record ConversionOptions
{
    /// <summary>Edge of the default chunk; what the field's stores have.</summary>
    public const int DefaultChunkEdge = 128;

    /// <summary>Most levels that are made unless asked for more.</summary>
    public const int DefaultMaxLevels = 6;

    /// <summary>The part to convert; default all of it.</summary>
    public Box3? Region { get; init; }

    /// <summary>Extent of a chunk; default 128 along each axis, or the region's extent where that is less.</summary>
    public Shape3? ChunkShape
    {
        get;
        init => field = value is null or { Z: > 0, Y: > 0, X: > 0 }
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ChunkShape), value, "A chunk has an extent of at least 1.");
    }

    /// <summary>Version of Zarr, 2 or 3. Default 2.</summary>
    public int ZarrFormat
    {
        get;
        init => field = value is 2 or 3
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ZarrFormat), value, "Zarr is written in version 2 or 3.");
    } = 2;

    /// <summary>Extent of the files that chunks are stored in together, whole chunks along each axis; version 3 only. Default
    /// none: a file per chunk.</summary>
    public Shape3? ShardShape
    {
        get;
        init => field = value is null or { Z: > 0, Y: > 0, X: > 0 }
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ShardShape), value, "A shard has an extent of at least 1.");
    }

    /// <summary>Type of the result; default the source's.</summary>
    public VoxelType? Type { get; init; }

    /// <summary>Values that become 0 and the greatest value of an integer type; default none.</summary>
    public (double Low, double High)? Window { get; init; }

    /// <summary>Makes the codec for a voxel of so many bytes; <see langword="null"/> for no compression. Default blosc-zstd.</summary>
    public Func<int, ChunkCodec?> Codec { get; init; } = elementSize => ZarrV2Codecs.FromName("blosc-zstd", elementSize);

    /// <summary>Resolutions, the full one included; default until one fits into a chunk, at most 6.</summary>
    public int? Levels
    {
        get;
        init => field = value is null or > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Levels), value, "There is at least one level.");
    }

    /// <summary>Bytes of <see cref="Memory"/> that the process takes besides voxels. Default 0.</summary>
    public long OwnBytes
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(OwnBytes), value, "No process takes less than nothing.");
    }

    /// <summary>Bytes of memory to work within. More of them read a source whose chunks are larger than the blocks fewer times.
    /// Default 1 GiB.</summary>
    public long Memory
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Memory), value, "A conversion needs memory.");
    } = 1L << 30;

    /// <summary>Chunks that are encoded at the same time. Default: the number of processors.</summary>
    public int Threads
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Threads), value, "At least one thread has to encode.");
    } = Environment.ProcessorCount;
}
