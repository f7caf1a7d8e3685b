using PureHDF;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>Finds a file and a dataset in it: <c>scan.h5</c>, <c>scan.h5/entry/data</c>.</summary>
/// <param name="File">The file.</param>
/// <param name="Inside">The path within it, without slashes at its ends; empty if none was given.</param>
internal sealed record Hdf5Location(string File, string Inside)
{
    private const int MostObjects = 10_000;
    private const int MostDepth = 32;
    private const int NamedAtMost = 12;

    /// <summary>Bytes of a file that may come before HDF5's: a user block of 512 bytes times a power of two.</summary>
    private const long MostUserBlock = 1 << 20;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    /// <summary>The file that a path leads to or through, if it is an HDF5 file; else <see langword="null"/>.</summary>
    public static Hdf5Location? Of(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (string? file = full; file is not null; file = Path.GetDirectoryName(file))
        {
            if (System.IO.File.Exists(file))
            {
                return IsHdf5(file)
                    ? new Hdf5Location(file, full[file.Length..].Trim(Path.DirectorySeparatorChar).Replace(Path.DirectorySeparatorChar, '/'))
                    : null;
            }

            if (Directory.Exists(file))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The dataset that is meant: the one that the path names, or the only one of three dimensions below it.</summary>
    /// <exception cref="VolumeFormatException">There is none, or there are several: the message lists them.</exception>
    public (string Path, IH5Dataset Dataset) Resolve(Hdf5File file) => file.Run("the groups", root =>
    {
        IH5Object start = Inside.Length == 0 ? root : root.LinkExists(Inside) ? root.Get(Inside) : throw Missing(file, root);
        if (start is IH5Dataset named)
        {
            return (Inside, named);
        }

        if (start is not IH5Group group)
        {
            string why = start is IH5UnresolvedLink link ? $" ({link.Reason?.Message ?? "it leads nowhere"}); links to other files are not followed" : "";
            throw file.Content.Damaged($"'{Inside}' is no dataset{why}.");
        }

        List<(string Path, IH5Dataset Dataset)> all = [];
        int seen = 0;
        Collect(group, Inside, MostDepth, ref seen, all);
        List<(string Path, IH5Dataset Dataset)> volumes = [.. all.Where(found => found.Dataset.Space.Dimensions.Count(extent => extent > 1) >= 3)];
        return volumes.Count == 1 ? volumes[0] : throw Ambiguous(file, volumes, all);
    });

    private static bool IsHdf5(string path)
    {
        Span<byte> start = stackalloc byte[8];
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = System.IO.File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        for (long offset = 0; offset <= MostUserBlock; offset = Math.Max(512, offset * 2))
        {
            if (RandomAccess.Read(handle, start, offset) < start.Length)
            {
                return false;
            }

            if (start.SequenceEqual(Signature))
            {
                return true;
            }
        }

        return false;
    }

    private static void Collect(IH5Group group, string path, int depth, ref int seen, List<(string Path, IH5Dataset Dataset)> found)
    {
        foreach (IH5Object child in group.Children())
        {
            if (++seen > MostObjects)
            {
                return;
            }

            string name = path.Length == 0 ? child.Name : $"{path}/{child.Name}";
            if (child is IH5Dataset { Type.Class: H5DataTypeClass.FixedPoint or H5DataTypeClass.FloatingPoint or H5DataTypeClass.Enumerated } dataset)
            {
                found.Add((name, dataset));
            }
            else if (child is IH5Group inner && depth > 0)
            {
                Collect(inner, name, depth - 1, ref seen, found);
            }
        }
    }

    private VolumeFormatException Missing(Hdf5File file, IH5Group root)
    {
        List<(string Path, IH5Dataset Dataset)> all = [];
        int seen = 0;
        Collect(root, "", MostDepth, ref seen, all);
        return file.Content.Damaged($"there is no '{Inside}' in it; it holds {Names(file, all)}.");
    }

    private VolumeFormatException Ambiguous(
        Hdf5File file, List<(string Path, IH5Dataset Dataset)> volumes, List<(string Path, IH5Dataset Dataset)> all)
    {
        string where = Inside.Length == 0 ? "it" : $"'{Inside}'";
        return volumes.Count == 0
            ? file.Content.Damaged($"{where} holds no dataset of three dimensions, but {Names(file, all)}.")
            : file.Content.Damaged($"{where} holds several datasets of three dimensions; name one: {Names(file, volumes)}.");
    }

    private static string Names(Hdf5File file, List<(string Path, IH5Dataset Dataset)> datasets)
    {
        string more = datasets.Count > NamedAtMost ? $" and {datasets.Count - NamedAtMost} more" : "";
        return datasets.Count == 0
            ? "no dataset of numbers"
            : string.Join(", ", datasets.Take(NamedAtMost).Select(found =>
                $"{file.Content.Path}/{found.Path} [{string.Join(", ", found.Dataset.Space.Dimensions)}]")) + more;
    }
}
