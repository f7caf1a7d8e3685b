using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Which array a path means, and the group that declares it.</summary>
/// <param name="Store">The group's folder, or the array's own if no group declares it.</param>
/// <param name="Prefix">Of the array's keys in the store: <c>0/</c>, or empty.</param>
/// <param name="Group">What the group says; <see langword="null"/> if no group declares the array.</param>
/// <param name="Level">Which of the group's resolutions the array is.</param>
/// <param name="Defects">What is odd about the place.</param>
internal sealed record ZarrLocation(
    ChunkStore Store, string Prefix, NgffMultiscales? Group, int Level, IReadOnlyList<string> Defects)
{
    /// <summary>Files looked at before a folder without header is given up.</summary>
    private const int ListedAtMost = 1000;

    /// <summary>Finds the array: the store may be one, a group (then its first level), or a level of a group.</summary>
    /// <exception cref="VolumeFormatException">What is there is no Zarr array or group.</exception>
    public static async Task<ZarrLocation> FindAsync(ChunkStore here, CancellationToken ct) =>
        await ZarrNode.ReadAsync(here, "", ct) is { IsArray: true } ? await ArrayAsync(here, ct) : await GroupAsync(here, ct);

    /// <summary>Why a level is missed, if a group says that there should be one.</summary>
    /// <returns>A sentence with a space before it; empty if no group does.</returns>
    public static async Task<string> DeclaredAsync(ChunkStore here, CancellationToken ct)
    {
        if (here.Above(out string name) is not ChunkStore group)
        {
            return "";
        }

        NgffMultiscales? multiscales = await NgffMultiscales.ReadAsync(group, ct);
        return multiscales?.LevelOf(name) >= 0 ? $" {group.Location} declares this level, but the store lacks it." : "";
    }

    private static async Task<ZarrLocation> ArrayAsync(ChunkStore array, CancellationToken ct)
    {
        if (array.Above(out string name) is not ChunkStore group)
        {
            return new ZarrLocation(array, "", null, 0, []);
        }

        try
        {
            NgffMultiscales? multiscales = await NgffMultiscales.ReadAsync(group, ct);
            int level = multiscales?.LevelOf(name) ?? -1;
            return level >= 0
                ? new ZarrLocation(group, $"{name}/", multiscales, level, [])
                : new ZarrLocation(array, "", null, 0, []);
        }
        catch (IOException e)
        {
            // the array itself was asked for and is there; what surrounds it must not keep it from being read
            return new ZarrLocation(array, "", null, 0, [$"the group around the array cannot be read: {e.Message}"]);
        }
    }

    private static async Task<ZarrLocation> GroupAsync(ChunkStore group, CancellationToken ct)
    {
        NgffMultiscales? multiscales = await NgffMultiscales.ReadAsync(group, ct);
        if (multiscales is not null)
        {
            return new ZarrLocation(group, $"{multiscales.Datasets[0].Path}/", multiscales, 0, []);
        }

        if (await ZarrNode.ReadAsync(group, "0/", ct) is { IsArray: true })
        {
            return new ZarrLocation(group, "0/", null, 0, ["the group declares no multiscales; its array 0 is read"]);
        }

        throw new VolumeFormatException(group.Location, await WhyNotAsync(group, ct));
    }

    private static async Task<string> WhyNotAsync(ChunkStore folder, CancellationToken ct)
    {
        if (!folder.CanList)
        {
            return $"there is no Zarr array or group: the server has no {ZarrNode.ArrayName}, {NgffMultiscales.AttributesName} " +
                $"or {ZarrNode.Version3Name} there.{await DeclaredAsync(folder, ct)}";
        }

        List<string> arrays = [];
        int seen = 0;
        await foreach (StoreEntry entry in folder.ListAsync("", ct))
        {
            if (ZarrChunkKey.LooksLikeOne(entry.Key))
            {
                return $"has chunk files ({entry.Key}) but no {ZarrNode.HeaderNames}; the header was lost, restore it.";
            }

            if (Path.GetFileName(entry.Key) is ZarrNode.ArrayName or ZarrNode.Version3Name && entry.Key.LastIndexOf('/') is > 0 and int slash &&
                await ZarrNode.ReadAsync(folder, entry.Key[..(slash + 1)], ct) is { IsArray: true })
            {
                arrays.Add(entry.Key[..slash]);
            }

            if (++seen == ListedAtMost)
            {
                break;
            }
        }

        bool isGroup = await folder.ExistsAsync(ZarrNode.GroupName, ct) || await folder.ExistsAsync(ZarrNode.Version3Name, ct);
        return arrays.Count > 0
            ? $"is a group without multiscales; name one of its arrays: {string.Join(", ", arrays.Take(10))}."
            : isGroup ? "is a group without multiscales and without arrays."
            : $"is no Zarr array or group: it has no {ZarrNode.ArrayName}, {ZarrNode.GroupName}, {NgffMultiscales.AttributesName} or {ZarrNode.Version3Name}.";
    }
}
