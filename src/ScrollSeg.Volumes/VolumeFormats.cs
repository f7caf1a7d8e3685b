using ScrollSeg.Volumes.Hdf5;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Mrc;
using ScrollSeg.Volumes.Nifti;
using ScrollSeg.Volumes.Nrrd;
using ScrollSeg.Volumes.Numpy;
using ScrollSeg.Volumes.Raw;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;
using ScrollSeg.Volumes.Tiff;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes;

/// <summary>Every kind of volume that can be opened, and how it is told from the others: by what lies there, not by its
/// name alone.</summary>
public static class VolumeFormats
{
    private const string SurfaceVolume = "surface_volume";
    private const string Volumes = "volumes";

    private static readonly string[] ZarrHeaders = [".zarray", ".zgroup", ".zattrs", "zarr.json"];

    /// <summary>The kinds, in the order in which they are asked.</summary>
    private static readonly VolumeFormat[] All =
    [
        new("a Zarr array, or an OME-NGFF group or one of its levels, in a folder or a .zip", IsZarr, async (path, options, ct) => await ZarrVolume.OpenAsync(path, options, ct)),
        new("an HDF5 file, or file.h5/path/to/dataset", Hdf5Volume.Recognises, Hdf5Volume.OpenAsync),
        new("a TIFF or BigTIFF file of one or more pages", IsTiffFile, async (path, options, ct) => await TiffPagesVolume.OpenAsync(path, options, ct)),
        new("an NRRD file with its data in it or beside it (.nrrd, .nhdr)", path => Begins(path, NrrdHeader.IsSignature), Flat(NrrdHeader.Read)),
        new("a NIfTI-1 or NIfTI-2 file (.nii, .nii.gz, .hdr with .img)", path => Begins(path, NiftiHeader.IsSignature) || IsGzippedNifti(path), Flat(NiftiHeader.Read)),
        new("an array of NumPy (.npy, .npz, file.npz/name)", path => Begins(path, NpyHeader.IsSignature), Flat(NumpyFile.Read)),
        new("an array in an .npz", NumpyFile.IsZip, async (path, options, ct) => (await NumpyFile.ReadZipAsync(path, options, ct)).Open(options)),
        new("an MRC file", path => Begins(path, MrcHeader.IsSignature), Flat(MrcHeader.Read)),
        new($"a file without a header, {RawPath.Form}", RawPath.IsMatch, Flat(RawPath.Read)),
        new("a fragment folder with surface_volume/", IsFragment, (path, options, ct) => OpenSlicesAsync(Path.Combine(path, SurfaceVolume), options, ct)),
        new("a .volpkg with one volume in volumes/", IsVolpkg, (path, options, ct) => OpenAsync(TheVolumeOf(path), options, ct)),
        new("a folder of TIFF, PNG or JPEG slices with numbers in their names", SliceFolderVolume.HasSlices, OpenSlicesAsync),
    ];

    /// <summary>Opens a volume of any kind.</summary>
    /// <param name="path">A file or folder, or the address of a Zarr store.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops the look at the headers.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    /// <exception cref="VolumeFormatException">What is there is of no known kind, or is damaged.</exception>
    public static async Task<VolumeReader> OpenAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        VolumeFormat? format = RemotePath.IsRemote(path) ? All[0] : All.FirstOrDefault(format => format.Recognises(path));
        if (format is not null)
        {
            VolumeReader reader = await format.OpenAsync(path, options, ct);
            reader.RequiresComplete = options.RequireComplete;
            return reader;
        }

        throw Path.Exists(path)
            ? new VolumeFormatException(path, $"{WhatIsAt(path)}. Understood are: {string.Join("; ", All.Select(format => format.What))}.")
            : new FileNotFoundException($"{path}: there is no such file or folder.", path);
    }

    /// <summary>A level that a group declares but that does not exist is left to the Zarr reader to explain.</summary>
    private static bool IsZarr(string path) =>
        HasZarrHeader(path) || StorePath.IsInZip(path) || (!Path.Exists(path) && Path.GetDirectoryName(Path.GetFullPath(path)) is string parent && HasZarrHeader(parent)) ||
        (Directory.Exists(path) && Path.TrimEndingDirectorySeparator(path).EndsWith(".zarr", StringComparison.OrdinalIgnoreCase));

    private static bool HasZarrHeader(string folder) =>
        ZarrHeaders.Any(name => File.Exists(Path.Combine(folder, name)));

    private static bool IsTiffFile(string path) => File.Exists(path) && SliceFormat.Of(path) is TiffSliceFormat;

    private static bool IsGzippedNifti(string path) => path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>Whether a file's first bytes are a format's.</summary>
    private static bool Begins(string path, Signature isSignature)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        Span<byte> start = stackalloc byte[MrcHeader.Length];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return isSignature(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
    }

    /// <summary>Opens a header over one block of voxels.</summary>
    private static Func<string, ReaderOptions, CancellationToken, Task<VolumeReader>> Flat(Func<string, FlatHeader> read) =>
        (path, options, ct) => Task.Run(() => read(path).Open(options), ct);

    private static bool IsFragment(string path) => Directory.Exists(Path.Combine(path, SurfaceVolume));

    private static bool IsVolpkg(string path) => !SliceFolderVolume.HasSlices(path) && Directory.Exists(Path.Combine(path, Volumes));

    private static string TheVolumeOf(string volpkg)
    {
        string[] volumes = [.. Directory.EnumerateDirectories(Path.Combine(volpkg, Volumes)).Order(StringComparer.Ordinal)];
        return volumes.Length == 1
            ? volumes[0]
            : throw new VolumeFormatException(
                volpkg, $"{volumes.Length} volumes lie in it; name one: {string.Join(", ", volumes.Take(5))}.");
    }

    private static async Task<VolumeReader> OpenSlicesAsync(string path, ReaderOptions options, CancellationToken ct) =>
        await SliceFolderVolume.OpenAsync(path, options, ct);

    private static string WhatIsAt(string path)
    {
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFileSystemEntries(path).Any() ? "the folder holds no volume that is understood" : "the folder is empty";
        }

        if (new FileInfo(path).Length == 0)
        {
            return "the file is empty";
        }

        return SliceFormat.Of(path) is SliceFormat format
            ? $"a single {format.Name} image is no volume (its folder may be one)"
            : $"the file's first bytes are of no known kind; if it has no header, describe it: {RawPath.Form}";
    }

    private delegate bool Signature(ReadOnlySpan<byte> start);

    private sealed record VolumeFormat(
        string What, Func<string, bool> Recognises, Func<string, ReaderOptions, CancellationToken, Task<VolumeReader>> OpenAsync);
}
