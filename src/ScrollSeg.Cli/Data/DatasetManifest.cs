using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Data;

/// <summary>Where a dataset comes from, what it is and what may be done with it. What is not known is <see langword="null"/>.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="What">What it is, in a line.</param>
/// <param name="Content">How it is published.</param>
/// <param name="License">SPDX identifier, or where nobody says one, what is known.</param>
/// <param name="Citation">What to cite when results are published.</param>
/// <param name="Source">Where the facts of this manifest come from.</param>
internal sealed record DatasetManifest(string Name, string What, DatasetContent Content, string License, string Citation, string Source)
{
    /// <summary>What has to be agreed to before it is fetched.</summary>
    public Agreement? Agreement { get; init; }

    /// <summary>Extent of the volume.</summary>
    public Shape3? Shape { get; init; }

    public VoxelType? VoxelType { get; init; }

    /// <summary>Edges of a voxel.</summary>
    public VoxelSize? VoxelSize { get; init; }

    /// <summary>How much it is, in words: publishers round.</summary>
    public string? Size { get; init; }

    /// <summary>Which part is for what.</summary>
    public DatasetSplits? Splits { get; init; }
}

/// <summary>How a dataset is published.</summary>
internal abstract record DatasetContent;

/// <summary>A Zarr array or an OME-Zarr group.</summary>
/// <param name="Address">Its address, <c>https://</c> or <c>s3://</c>.</param>
internal sealed record ZarrContent(string Address) : DatasetContent;

/// <summary>Files, each fetched whole.</summary>
internal sealed record FilesContent(IReadOnlyList<DatasetFile> Files) : DatasetContent;

/// <summary>Half-open ranges along an axis.</summary>
internal sealed record DatasetSplits(Axis Axis, (int Start, int End)? Train, (int Start, int End)? Validation, (int Start, int End)? Test);

/// <summary>Terms that a publisher asks to be agreed to.</summary>
/// <param name="Name">What <c>--accept-licence</c> calls them.</param>
/// <param name="Terms">The terms.</param>
internal sealed record Agreement(string Name, string Terms);
