using ScrollSeg.Volumes.Hdf5.Format;
using ScrollSeg.Volumes.Hdf5.Format.Groups;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>An opened HDF5 file: its bytes, and its objects by their paths. Navigation is for one thread at a time.</summary>
internal sealed class Hdf5File : IDisposable
{
    private const int MostSoftLinks = 16;

    /// <summary>What was read of objects, by their places: a soft link leads through the root, again and again.</summary>
    private readonly Dictionary<long, ObjectHeader> _headers = [];
    private readonly Dictionary<long, List<GroupLink>> _links = [];

    /// <summary>Opens a file and reads its superblock.</summary>
    /// <exception cref="VolumeFormatException">It is no HDF5 file, or damaged.</exception>
    public Hdf5File(string path)
    {
        Content = new FlatFile(path);
        try
        {
            Superblock = Superblock.Read(Content);
        }
        catch
        {
            Content.Dispose();
            throw;
        }
    }

    /// <summary>The file's bytes.</summary>
    public FlatFile Content { get; }

    public Superblock Superblock { get; }

    /// <summary>The file's headers.</summary>
    public HeaderFile Headers => Superblock.File;

    /// <summary>The root group.</summary>
    public Hdf5Object Root() => new("", HeaderAt(Superblock.Root));

    /// <summary>The links of a group.</summary>
    /// <exception cref="VolumeFormatException">They are damaged.</exception>
    public IReadOnlyList<GroupLink> LinksOf(Hdf5Object group) => _links.TryGetValue(group.Header.Offset, out List<GroupLink>? known)
        ? known
        : _links[group.Header.Offset] = Group.LinksOf(Headers, group.Header);

    /// <summary>Forgets the objects that paths were followed through.</summary>
    public void Forget()
    {
        _headers.Clear();
        _links.Clear();
    }

    /// <summary>Follows a path.</summary>
    /// <param name="start">Where it begins; the root if the path begins with a slash.</param>
    /// <param name="path">Names with slashes between them.</param>
    /// <param name="isOutside">Whether it leads to another file, and so to nothing.</param>
    /// <returns><see langword="null"/> if it leads nowhere.</returns>
    public Hdf5Object? Follow(Hdf5Object start, string path, out bool isOutside) => Follow(start, path, MostSoftLinks, out isOutside);

    /// <summary>Follows a link of a group.</summary>
    /// <inheritdoc cref="Follow(Hdf5Object, string, out bool)"/>
    public Hdf5Object? Follow(Hdf5Object group, GroupLink link, out bool isOutside) => Follow(group, link, MostSoftLinks, out isOutside);

    /// <inheritdoc/>
    public void Dispose() => Content.Dispose();

    private Hdf5Object? Follow(Hdf5Object start, string path, int hops, out bool isOutside)
    {
        isOutside = false;
        Hdf5Object? current = path.StartsWith('/') ? Root() : start;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(name => name != "."))
        {
            GroupLink? link = current.IsGroup ? LinksOf(current).FirstOrDefault(link => link.Name == name) : null;
            current = link is null ? null : Follow(current, link, hops, out isOutside);
            if (current is null)
            {
                return null;
            }
        }

        return current;
    }

    private Hdf5Object? Follow(Hdf5Object group, GroupLink link, int hops, out bool isOutside)
    {
        isOutside = link.Kind == LinkKind.External;
        switch (link.Kind)
        {
            case LinkKind.Hard:
                string path = group.Path.Length == 0 ? link.Name : $"{group.Path}/{link.Name}";
                return new Hdf5Object(path, HeaderAt(link.Address));
            case LinkKind.Soft when hops > 0:
                return Follow(group, link.Target, hops - 1, out isOutside);
            default:
                return null;
        }
    }

    private ObjectHeader HeaderAt(long offset) =>
        _headers.TryGetValue(offset, out ObjectHeader? known) ? known : _headers[offset] = ObjectHeader.Read(Headers, offset);
}
