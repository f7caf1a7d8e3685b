using ScrollSeg.Volumes.Hdf5.Format;
using ScrollSeg.Volumes.Hdf5.Format.Groups;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>Finds a file and a dataset in it: <c>scan.h5</c>, <c>scan.h5/entry/data</c>.</summary>
/// <param name="File">The file.</param>
/// <param name="Inside">The path within it, without slashes at its ends; empty if none was given.</param>
internal sealed record Hdf5Location(string File, string Inside)
{
    private const int MostObjects = 10_000;
    private const int MostDepth = 32;
    private const int NamedAtMost = 12;

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

    private string Where => Inside.Length == 0 ? "it" : $"'{Inside}'";

    /// <summary>The dataset that is meant: the one that the path names, or the only one of three dimensions below it.</summary>
    /// <exception cref="VolumeFormatException">There is none, or there are several: the message lists them.</exception>
    public Hdf5Object Resolve(Hdf5File file)
    {
        file.Headers.Begin();
        Hdf5Object root = file.Root();
        Hdf5Object? start = file.Follow(root, Inside, out bool isOutside);
        if (start is null)
        {
            throw isOutside
                ? file.Content.Damaged($"'{Inside}' is no dataset but a link to another file; links to other files are not followed.")
                : Missing(file, root);
        }

        if (start.IsDataset)
        {
            return start with { Path = Inside };
        }

        if (!start.IsGroup)
        {
            throw file.Content.Damaged($"'{Inside}' is no dataset and no group.");
        }

        List<Found> all = Collect(file, start with { Path = Inside }, out bool areAll);
        List<Found> volumes = [.. all.Where(found => found.Extents.Count(extent => extent > 1) >= 3)];
        if (!areAll)
        {
            throw file.Content.Damaged(
                $"{Where} holds more than {MostObjects} objects, or groups in more than {MostDepth} others: name a dataset, such as {Names(file, volumes)}.");
        }

        return volumes.Count == 1 ? volumes[0].Dataset : throw Ambiguous(file, volumes, all);
    }

    private static bool IsHdf5(string path)
    {
        Span<byte> start = stackalloc byte[8];
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = System.IO.File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        foreach (long offset in Superblock.Places)
        {
            if (RandomAccess.Read(handle, start, offset) < start.Length)
            {
                return false;
            }

            if (start.SequenceEqual(Superblock.Signature))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>All datasets of numbers below a group, each once, however many links lead to it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="start">The group.</param>
    /// <param name="areAll">Whether there are no others.</param>
    private static List<Found> Collect(Hdf5File file, Hdf5Object start, out bool areAll)
    {
        areAll = true;
        List<Found> found = [];
        HashSet<long> seen = [start.Header.Offset];
        Queue<(Hdf5Object Group, int Depth)> groups = new([(start, 0)]);
        while (groups.TryDequeue(out (Hdf5Object Group, int Depth) next))
        {
            foreach (GroupLink link in file.LinksOf(next.Group))
            {
                if (seen.Count > MostObjects)
                {
                    areAll = false;
                    return found;
                }

                if (link.Kind == LinkKind.Hard && seen.Contains(link.Address))
                {
                    continue;
                }

                if (file.Follow(next.Group, link, out _) is not Hdf5Object child || !seen.Add(child.Header.Offset))
                {
                    continue;
                }

                string path = next.Group.Path.Length == 0 ? link.Name : $"{next.Group.Path}/{link.Name}";
                if (child.IsDataset && Hdf5Dataset.TypeOf(file.Headers, child.Header) is { IsNumber: true })
                {
                    found.Add(new Found(child with { Path = path }, Hdf5Dataset.SpaceOf(file.Headers, child.Header).Extents));
                }
                else if (child.IsGroup && next.Depth >= MostDepth)
                {
                    areAll = false;
                }
                else if (child.IsGroup)
                {
                    groups.Enqueue((child with { Path = path }, next.Depth + 1));
                }
            }
        }

        return found;
    }

    private VolumeFormatException Missing(Hdf5File file, Hdf5Object root) =>
        file.Content.Damaged($"there is no '{Inside}' in it; it holds {Names(file, Collect(file, root, out _))}.");

    private VolumeFormatException Ambiguous(Hdf5File file, List<Found> volumes, List<Found> all)
    {
        return volumes.Count == 0
            ? file.Content.Damaged($"{Where} holds no dataset of three dimensions, but {Names(file, all)}.")
            : file.Content.Damaged($"{Where} holds several datasets of three dimensions; name one: {Names(file, volumes)}.");
    }

    private static string Names(Hdf5File file, List<Found> datasets)
    {
        string more = datasets.Count > NamedAtMost ? $" and {datasets.Count - NamedAtMost} more" : "";
        return datasets.Count == 0
            ? "no dataset of numbers"
            : string.Join(", ", datasets.Take(NamedAtMost).Select(found =>
                $"{file.Content.Path}/{found.Dataset.Path} [{string.Join(", ", found.Extents)}]")) + more;
    }

    private sealed record Found(Hdf5Object Dataset, ulong[] Extents);
}
