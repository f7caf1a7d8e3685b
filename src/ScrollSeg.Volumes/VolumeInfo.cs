namespace ScrollSeg.Volumes;

/// <summary>What is known of a volume before any voxel is read.</summary>
/// <param name="Path">Where it was opened from.</param>
/// <param name="Format">The format in a few words, for example <c>Zarr v2 (NGFF 0.4)</c>.</param>
/// <param name="Shape">Extent in voxels.</param>
/// <param name="Type">How each voxel is stored.</param>
/// <param name="ChunkShape">The block that the format stores as one piece; requests aligned to it are cheapest.</param>
public sealed record VolumeInfo(string Path, string Format, Shape3 Shape, VoxelType Type, Shape3 ChunkShape)
{
    /// <summary>Edges of a voxel; <see langword="null"/> if the file does not say.</summary>
    public VoxelSize? VoxelSize { get; init; }

    /// <summary>How chunks are compressed, in the format's own words, for example <c>blosc-lz4 (shuffle)</c>.</summary>
    public string Codec { get; init; } = "none";

    /// <summary>The resolutions of a multiscale volume, finest first; empty for a single array.</summary>
    public IReadOnlyList<VolumeLevel> Levels { get; init; } = [];

    /// <summary>Folder or address of the multiscale image that the levels lie in; <see langword="null"/> for a single
    /// array.</summary>
    public string? Group { get; init; }

    /// <summary>Which of <see cref="Levels"/> this is; 0 for a single array.</summary>
    public int Level { get; init; }

    /// <summary>Names of the label images that belong to a multiscale image; each is a volume at <c>labels/NAME</c> in
    /// <see cref="Group"/>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Bytes of encoded chunks that a reader may hold beside one per thread that decodes, because it has more
    /// requests under way than threads. 0 where chunks come from a disk.</summary>
    public long BytesUnderWay { get; init; }

    /// <summary>What a user should know of the voxels and is no mistake, one sentence each: values that the header would have
    /// multiplied, a source that is read only forwards.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What contradicts itself in the headers, one sentence each; empty if nothing was found.</summary>
    public IReadOnlyList<string> Defects { get; init; } = [];

    /// <summary>The whole volume as a box.</summary>
    public Box3 Bounds => new((0, 0, 0), Shape);

    /// <summary>The chunks that the format stores.</summary>
    public ChunkGrid Chunks => new(Shape, ChunkShape);
}

/// <summary>One resolution of a multiscale volume.</summary>
/// <param name="Path">Name of the array within the group, for example <c>0</c>.</param>
/// <param name="Shape">Extent in voxels; <see langword="null"/> if the level is declared but absent.</param>
/// <param name="Scale">Voxel edges as declared, in the axes' unit, (z, y, x).</param>
public sealed record VolumeLevel(string Path, Shape3? Shape, (double Z, double Y, double X) Scale);
