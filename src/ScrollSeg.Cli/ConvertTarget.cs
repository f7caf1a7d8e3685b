using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Conversion;

namespace ScrollSeg.Cli;

/// <summary>What <c>convert</c> makes other than a Zarr: by the destination's name, or as asked for.</summary>
/// <param name="Name">As the option spells it.</param>
/// <param name="IsFolder">Whether the destination is a folder.</param>
/// <param name="Open">Begins it, or opens it behind so many slices that are done.</param>
internal sealed record ConvertTarget(string Name, bool IsFolder, Func<string, Box3, VoxelType, VoxelSize?, int, RowWriter> Open)
{
    public const string Zarr = "zarr";

    private static readonly ConvertTarget[] All =
    [
        new("tiff", false, (path, region, type, _, done) => new TiffPagesWriter(path, region.Shape, type, doneSlices: done)),
        new("tiffs", true, (path, region, type, _, done) => new TiffStackWriter(path, region.Shape, type, region.Start.Z, done)),
        new("nrrd", false, (path, region, type, size, done) => new NrrdWriter(path, region.Shape, type, size, done)),
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
