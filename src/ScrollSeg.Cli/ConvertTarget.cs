using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Conversion;

namespace ScrollSeg.Cli;

/// <summary>What <c>convert</c> makes other than a Zarr: by the destination's name, or as asked for.</summary>
/// <param name="Name">As the option spells it.</param>
/// <param name="IsFolder">Whether the destination is a folder.</param>
/// <param name="Open">Begins it.</param>
internal sealed record ConvertTarget(string Name, bool IsFolder, Func<string, Box3, VoxelType, VoxelSize?, RowWriter> Open)
{
    public const string Zarr = "zarr";

    private static readonly ConvertTarget[] All =
    [
        new("tiff", false, (path, region, type, _) => new TiffPagesWriter(path, region.Shape, type)),
        new("tiffs", true, (path, region, type, _) => new TiffStackWriter(path, region.Shape, type, region.Start.Z)),
        new("nrrd", false, (path, region, type, size) => new NrrdWriter(path, region.Shape, type, size)),
    ];

    /// <summary>The names, for help and messages.</summary>
    public static string Names => $"{Zarr}, {string.Join(", ", All.Select(target => target.Name))}";

    /// <summary>The kind that is meant.</summary>
    /// <param name="wanted">What the option says; <see langword="null"/> to go by the destination's name.</param>
    /// <param name="destination">The destination.</param>
    /// <returns><see langword="null"/> for Zarr.</returns>
    public static ConvertTarget? Of(string? wanted, string destination)
    {
        string name = wanted ?? Path.GetExtension(destination).ToLowerInvariant() switch
        {
            ".tif" or ".tiff" => "tiff",
            ".nrrd" => "nrrd",
            _ => Zarr,
        };
        return name == Zarr
            ? null
            : All.FirstOrDefault(target => target.Name == name) ?? throw new UsageException($"'{name}' is nothing that is written: expected {Names}.");
    }

    /// <summary>Only what this program could have made is ever replaced.</summary>
    public bool MayReplace(string destination) => IsFolder
        ? Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).All(path => File.Exists(path) && path.EndsWith(".tif", StringComparison.Ordinal))
        : File.Exists(destination);
}
