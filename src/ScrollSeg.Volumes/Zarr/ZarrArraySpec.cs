using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>What an array is to be: everything that its header says.</summary>
/// <param name="Shape">Extent in voxels.</param>
/// <param name="ChunkShape">Extent of a chunk in voxels.</param>
/// <param name="Type">How each voxel is stored; written little-endian.</param>
public sealed record ZarrArraySpec(Shape3 Shape, Shape3 ChunkShape, VoxelType Type)
{
    /// <summary>What voxels without a chunk hold; a chunk that holds nothing else is not written. Default 0.</summary>
    public double FillValue
    {
        get;
        init => field = ZarrFillValue.From(value, Type) is var _ ? value : 0;
    }

    /// <summary>How chunks are compressed. Default none.</summary>
    public ChunkCodec? Codec { get; init; }

    /// <summary>Version of Zarr, 2 or 3. Default 2, which more programs read.</summary>
    public int ZarrFormat
    {
        get;
        init => field = value is 2 or 3
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ZarrFormat), value, "Zarr is written in version 2 or 3.");
    } = 2;

    /// <summary>Extent of the objects that chunks are stored in together, whole chunks along each axis; version 3 only. Each
    /// chunk in one carries a checksum. Default none: every chunk is an object.</summary>
    public Shape3? ShardShape { get; init; }

    /// <summary>Between the indices of a chunk's name: <c>/</c>, which NGFF 0.4 asks for and which keeps folders small, or
    /// <c>.</c>. Default <c>/</c>.</summary>
    public char Separator
    {
        get;
        init => field = value is '/' or '.'
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Separator), value, "Zarr separates indices by '/' or '.'.");
    } = '/';

    /// <summary>Extent of what is written as one piece: a shard, or a chunk.</summary>
    public Shape3 ObjectShape => ShardShape ?? ChunkShape;

    /// <summary>The pieces that the array is written in.</summary>
    public ChunkGrid Objects => new(Shape, ObjectShape);

    /// <summary>The same for another extent: shards that would be larger than all of it shrink to it.</summary>
    public ZarrArraySpec ForShape(Shape3 shape) => this with
    {
        Shape = shape,
        ShardShape = ShardShape is not Shape3 shard ? null : new Shape3(
            Clip(shard.Z, shape.Z, ChunkShape.Z), Clip(shard.Y, shape.Y, ChunkShape.Y), Clip(shard.X, shape.X, ChunkShape.X)),
    };

    private static int Clip(int shard, int shape, int chunk) => (int)Math.Min(shard, ((shape - 1L) / chunk * chunk) + chunk);

    /// <summary>The chunks of the array.</summary>
    public ChunkGrid Chunks => new(Shape, ChunkShape);
}
