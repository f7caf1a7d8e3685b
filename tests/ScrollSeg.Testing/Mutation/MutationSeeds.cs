namespace ScrollSeg.Testing.Mutation;

/// <summary>The good volumes of each format, out of the fixtures of ScrollSeg.Volumes.Tests.</summary>
public static class MutationSeeds
{
    /// <summary>The formats.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["zarr", "tiff", "png", "hdf5", "nrrd", "nifti", "numpy", "mrc", "raw"];

    /// <summary>Collects a format's seeds.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="fixtures">The folder of fixtures.</param>
    public static IReadOnlyList<MutationSeed> Of(string format, string fixtures)
    {
        string folder = Path.Combine(fixtures, format);
        return format switch
        {
            "zarr" => [.. Directory.EnumerateDirectories(folder, "*.zarr").Order(StringComparer.Ordinal).Select(path => MutationSeed.OfFolder(path))],
            "png" => [.. Directory.EnumerateFiles(folder, "*.png").Order(StringComparer.Ordinal).Take(40).Select(AsSlice)],
            "hdf5" =>
            [
                .. Directory.EnumerateFiles(Path.Combine(folder, "small"), "*.h5").Order(StringComparer.Ordinal).Select(Hdf5),
                .. Directory.EnumerateFiles(Path.Combine(folder, "forms"), "*.h5").Order(StringComparer.Ordinal).Select(Hdf5),
                Hdf5(Path.Combine(folder, "single.h5")),
            ],
            "raw" =>
            [
                MutationSeed.OfFile(Path.Combine(folder, "scan.raw"), "?shape=5,13,11&dtype=u2&offset=7"),
                MutationSeed.OfFile(Path.Combine(folder, "scan.raw.gz"), "?shape=5,13,11&dtype=u2&offset=7"),
            ],
            "nifti" => [.. Files(folder), Pair(folder, "pair.hdr", "pair.img")],
            "nrrd" => [.. Files(folder), Pair(folder, "detached.nhdr", "voxels.bin"), Pair(folder, "lines.nhdr", "lines.bin")],
            "numpy" => [.. Files(folder), MutationSeed.OfFile(Path.Combine(folder, "two.npz"), "/first")],
            _ => [.. Files(folder)],
        };
    }

    private static MutationSeed Hdf5(string path) =>
        MutationSeed.OfFile(path) with { Repair = new Hdf5Checksums(File.ReadAllBytes(path)).Repair };

    private static IEnumerable<MutationSeed> Files(string folder) =>
        Directory.EnumerateFiles(folder).Where(path => Path.GetExtension(path) is not (".png" or ".jpg" or ".img" or ".bin" or ".hdr" or ".nhdr"))
            .Order(StringComparer.Ordinal).Select(path => MutationSeed.OfFile(path));

    private static MutationSeed AsSlice(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return new MutationSeed(name, new Dictionary<string, byte[]> { [$"{name}/0.png"] = File.ReadAllBytes(path) }, name);
    }

    private static MutationSeed Pair(string folder, string header, string data) => new(
        header,
        new Dictionary<string, byte[]>
        {
            [header] = File.ReadAllBytes(Path.Combine(folder, header)),
            [data] = File.ReadAllBytes(Path.Combine(folder, data)),
        },
        header);
}
