using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Conversion;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Cli;

/// <summary>What <c>convert</c> makes other than a Zarr: by the destination's name, or as asked for.</summary>
/// <param name="Name">As the option spells it.</param>
/// <param name="IsFolder">Whether the destination is a folder.</param>
/// <param name="Open">Begins it, or opens it behind so many slices that are done.</param>
/// <param name="IsCompressible">Whether there is a choice of codec.</param>
internal sealed record ConvertTarget(
    string Name, bool IsFolder, Func<string, Box3, VoxelType, VoxelSize?, int, TiffCompression, RowWriter> Open, bool IsCompressible)
{
    public const string Zarr = "zarr";

    private static readonly ConvertTarget[] All =
    [
        new(
            "tiff",
            false,
            (path, region, type, _, done, compression) => new TiffPagesWriter(path, region.Shape, type, doneSlices: done, compression: compression),
            true),
        new(
            "tiffs",
            true,
            (path, region, type, _, done, compression) => new TiffStackWriter(path, region.Shape, type, region.Start.Z, done, compression),
            true),
        new("nrrd", false, (path, region, type, size, done, _) => new NrrdWriter(path, region.Shape, type, size, done), false),
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

    /// <summary>The compression that <c>--codec</c> names for TIFF.</summary>
    /// <exception cref="UsageException">It is none of TIFF's, or none that is written.</exception>
    public static TiffCompression CompressionOf(string name) => name switch
    {
        "none" => TiffCompression.None,
        "lzw" => TiffCompression.Lzw,
        "deflate" => TiffCompression.Deflate,
        "zstd" => TiffCompression.Zstd,
        _ => throw new UsageException($"--codec {name}: TIFF is written with none, lzw, deflate or zstd."),
    };

    /// <summary>Only what this program could have made is ever replaced.</summary>
    public bool MayReplace(string destination) => IsFolder
        ? Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).All(path => File.Exists(path) && path.EndsWith(".tif", StringComparison.Ordinal))
        : File.Exists(destination);
}
