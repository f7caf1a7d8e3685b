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

    /// <summary>Between the indices of a chunk's name: <c>/</c>, which NGFF 0.4 asks for and which keeps folders small, or
    /// <c>.</c>. Default <c>/</c>.</summary>
    public char Separator
    {
        get;
        init => field = value is '/' or '.'
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Separator), value, "Zarr v2 separates indices by '/' or '.'.");
    } = '/';

    /// <summary>The chunks of the array.</summary>
    public ChunkGrid Chunks => new(Shape, ChunkShape);
}
