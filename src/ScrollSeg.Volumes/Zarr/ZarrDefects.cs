using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Finds headers that contradict each other or their chunks, without decoding anything. A reader that follows the
/// specification returns zeros for all of these, so they have to be said before a run.
/// </summary>
internal static class ZarrDefects
{
    /// <summary>Files looked at to find one chunk.</summary>
    private const int ListedAtMost = 1000;

    /// <summary>Opens the levels of a group.</summary>
    /// <param name="location">The array that was asked for, and its group.</param>
    /// <param name="opened">The array that was asked for.</param>
    /// <param name="defects">Receives one sentence per defect.</param>
    /// <param name="ct">Stops between levels.</param>
    /// <returns>One array per declared level; <see langword="null"/> where the level cannot be opened.</returns>
    public static async Task<ZarrArray?[]> OpenLevelsAsync(
        ZarrLocation location, ZarrArray opened, List<string> defects, CancellationToken ct)
    {
        IReadOnlyList<NgffDataset> datasets = location.Group?.Datasets ?? [];
        ZarrArray?[] levels = new ZarrArray?[datasets.Count];
        for (int level = 0; level < levels.Length; level++)
        {
            string path = datasets[level].Path;
            try
            {
                levels[level] = level == location.Level ? opened : await ZarrArray.OpenAsync(location.Store, $"{path}/", ct);
                if (levels[level] is null)
                {
                    defects.Add(await WhyAbsentAsync(location.Store, path, ct));
                }
            }
            catch (VolumeFormatException e)
            {
                defects.Add($"level {path} cannot be opened: {e.Message}");
            }
        }

        return levels;
    }

    /// <summary>Says so if an array has no chunk at all, or chunks that its header does not reach.</summary>
    public static async Task CheckChunksAsync(ZarrArray array, string name, List<string> defects, CancellationToken ct)
    {
        ZarrHeader header = array.Header;
        int[] middle = [.. header.Shape.Zip(header.ChunkShape, (extent, chunk) => extent / 2 / chunk)];
        if (await array.Store.ExistsAsync(array.KeyOf(middle), ct) ||
            await array.Store.ExistsAsync(array.KeyOf(new int[header.Rank]), ct))
        {
            return;
        }

        if (!array.Store.CanList)
        {
            defects.Add(
                $"{name}: neither its first chunk nor the one in its middle is there, and the server does not list the others; " +
                "absent chunks read as the fill value");
            return;
        }

        char other = header.Separator == '.' ? '/' : '.';
        int seen = 0;
        await foreach (StoreEntry entry in array.Store.ListAsync(array.Prefix, ct))
        {
            string key = entry.Key[array.Prefix.Length..];
            if (++seen == ListedAtMost || header.IsKeyOfChunk(key, header.Separator))
            {
                return;
            }

            if (header.Rank > 1 && header.IsKeyOfChunk(key, other))
            {
                defects.Add(
                    $"{name}: the header says that chunk names have '{header.Separator}' between indices, the chunks have " +
                    $"'{other}' ({key}); every voxel reads as the fill value");
                return;
            }
        }

        defects.Add($"{name} has a header but not one chunk; every voxel reads as the fill value");
    }

    /// <summary>Sets every level against the first that can be opened.</summary>
    public static void CompareLevels(
        IReadOnlyList<VolumeLevel> levels, ZarrArray?[] arrays, List<string> defects)
    {
        int first = Array.FindIndex(arrays, array => array is not null);
        for (int level = first + 1; first >= 0 && level < arrays.Length; level++)
        {
            if (arrays[level] is not ZarrArray array || arrays[first] is not ZarrArray reference)
            {
                continue;
            }

            if (array.Header.Type != reference.Header.Type)
            {
                defects.Add(
                    $"level {levels[level].Path} holds {array.Header.Type.NumpyName()}, " +
                    $"level {levels[first].Path} {reference.Header.Type.NumpyName()}");
            }

            if (array.Header.CodecDescription != reference.Header.CodecDescription)
            {
                defects.Add(
                    $"level {levels[level].Path} is compressed with {array.Header.CodecDescription}, " +
                    $"level {levels[first].Path} with {reference.Header.CodecDescription}");
            }

            CompareScale(levels[first], levels[level], defects);
        }
    }

    /// <summary>Sets the names that an array gives its axes against the group's (NGFF 0.5: they must be the same).</summary>
    public static void CompareNames(ZarrLocation location, ZarrArray array, List<string> defects)
    {
        if (array.Header.DimensionNames is IReadOnlyList<string?> names && location.Group is { Axes.Count: > 0 } group &&
            !names.SequenceEqual(group.Axes.Select(axis => axis.Name)))
        {
            defects.Add(
                $"the array names its axes {string.Join(", ", names.Select(name => name ?? "(none)"))}, " +
                $"the group {string.Join(", ", group.Axes.Select(axis => axis.Name))}");
        }
    }

    /// <summary>Says so if the copy of the array's header that its group keeps is another one: programs that trust the copy
    /// read something else.</summary>
    public static async Task CompareConsolidatedAsync(
        ZarrLocation location, ZarrArray array, List<string> defects, CancellationToken ct)
    {
        try
        {
            if (location.Prefix.Length > 0 &&
                await ZarrConsolidated.DiffersAsync(location.Store, location.Prefix.TrimEnd('/'), array, ct))
            {
                defects.Add(
                    $"the group's consolidated metadata describe {location.Prefix.TrimEnd('/')} otherwise than its own header, which is read");
            }
        }
        catch (VolumeFormatException e)
        {
            defects.Add($"the group's consolidated metadata cannot be read: {e.Message}");
        }
    }

    private static void CompareScale(VolumeLevel finer, VolumeLevel coarser, List<string> defects)
    {
        if (finer.Shape is not Shape3 fine || coarser.Shape is not Shape3 coarse)
        {
            return;
        }

        // levels are made by rounding down or up, so that a voxel more or less is no contradiction
        bool agrees =
            Math.Abs((fine.Z * finer.Scale.Z / coarser.Scale.Z) - coarse.Z) <= 1 &&
            Math.Abs((fine.Y * finer.Scale.Y / coarser.Scale.Y) - coarse.Y) <= 1 &&
            Math.Abs((fine.X * finer.Scale.X / coarser.Scale.X) - coarse.X) <= 1;
        if (!agrees)
        {
            defects.Add(FormattableString.Invariant(
                $"level {coarser.Path} is {coarse} voxels with scale {coarser.Scale}, which contradicts ") +
                FormattableString.Invariant($"level {finer.Path}: {fine} voxels with scale {finer.Scale}"));
        }
    }

    private static async Task<string> WhyAbsentAsync(ChunkStore store, string path, CancellationToken ct)
    {
        if (!store.CanList)
        {
            return $"level {path} is declared but absent";
        }

        int seen = 0;
        await foreach (StoreEntry entry in store.ListAsync($"{path}/", ct))
        {
            if (ZarrChunkKey.LooksLikeOne(entry.Key[(path.Length + 1)..]))
            {
                return $"level {path} has chunk files ({entry.Key}) but no {ZarrNode.HeaderNames}";
            }

            if (++seen == ListedAtMost)
            {
                break;
            }
        }

        return $"level {path} is declared but absent";
    }
}
