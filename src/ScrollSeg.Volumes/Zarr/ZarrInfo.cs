using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Finds out what is to be known of a Zarr volume before any voxel is read.</summary>
internal static class ZarrInfo
{
    /// <summary>The store at a path or an address.</summary>
    public static async Task<ChunkStore> StoreAtAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        if (RemotePath.IsRemote(path) || StorePath.IsInZip(path))
        {
            return await StorePath.OpenAsync(path, options, ct);
        }

        FolderStore here = new(path, options.Files, options.Backoff);
        return Directory.Exists(path) ? here
            : File.Exists(path) ? throw new VolumeFormatException(path, "is a file, expected the folder of a Zarr array or group.")
            : throw new DirectoryNotFoundException($"{path}: there is no such folder.{await ZarrLocation.DeclaredAsync(here, ct)}");
    }

    /// <summary>Describes the volume.</summary>
    /// <param name="path">Where it was opened from.</param>
    /// <param name="location">The array and its group.</param>
    /// <param name="array">The array, opened.</param>
    /// <param name="axes">Which of its axes are z, y and x.</param>
    /// <param name="ct">Stops between documents.</param>
    public static async Task<VolumeInfo> DescribeAsync(
        string path, ZarrLocation location, ZarrArray array, ZarrAxes axes, CancellationToken ct)
    {
        List<string> defects = [.. location.Defects, .. location.Group?.Defects ?? []];
        VolumeInfo info = new(
            path,
            $"Zarr v{array.Header.Version}{(location.Group is null ? "" : $" (NGFF {location.Group.Version})")}",
            axes.ShapeOf(array.Header),
            array.Header.Type,
            axes.ChunkShapeOf(array.Header))
        {
            Codec = array.Header.CodecDescription,
            Group = location.Group is null ? null : location.Store.Location,
            Level = location.Level,
            Levels = await DescribeLevelsAsync(location, array, defects, ct),
            VoxelSize = VoxelSizeOf(location, axes, array.Header.Rank, defects),
            Labels = location.Group is null ? [] : await LabelsOfAsync(location.Store, defects, ct),
            Defects = defects,
        };
        defects.AddRange(location.Group is null ? [] : NgffSchema.DefectsOf(location.Group));
        ZarrDefects.CompareNames(location, array, defects);
        await ZarrDefects.CompareConsolidatedAsync(location, array, defects, ct);
        return info;
    }

    private static async Task<IReadOnlyList<string>> LabelsOfAsync(ChunkStore image, List<string> defects, CancellationToken ct)
    {
        try
        {
            return await NgffAttributes.LabelsOfAsync(image, ct);
        }
        catch (VolumeFormatException e)
        {
            defects.Add($"the list of label images cannot be read: {e.Message}");
            return [];
        }
    }

    /// <summary>Which axes are z, y and x.</summary>
    /// <exception cref="VolumeFormatException">The array is no volume.</exception>
    public static ZarrAxes AxesOf(ZarrArray array, ZarrLocation location)
    {
        try
        {
            return ZarrAxes.Of(array.Header, location.Group?.Axes ?? []);
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(array.Store.Describe(array.HeaderKey), e.Message, e);
        }
    }

    private static async Task<IReadOnlyList<VolumeLevel>> DescribeLevelsAsync(
        ZarrLocation location, ZarrArray opened, List<string> defects, CancellationToken ct)
    {
        ZarrArray?[] arrays = await ZarrDefects.OpenLevelsAsync(location, opened, defects, ct);
        List<VolumeLevel> levels = [];
        for (int i = 0; i < arrays.Length; i++)
        {
            NgffDataset dataset = location.Group!.Datasets[i];
            levels.Add(DescribeLevel(dataset, arrays[i], location.Group, defects));
        }

        ZarrDefects.CompareLevels(levels, arrays, defects);
        foreach ((ZarrArray? array, string name) in
            arrays.Length == 0 ? [(opened, "the array")] : arrays.Zip(levels, (array, level) => (array, $"level {level.Path}")))
        {
            if (array is not null)
            {
                await ZarrDefects.CheckChunksAsync(array, name, defects, ct);
            }
        }

        return levels;
    }

    private static VolumeLevel DescribeLevel(
        NgffDataset dataset, ZarrArray? array, NgffMultiscales group, List<string> defects)
    {
        if (array is null)
        {
            return new VolumeLevel(dataset.Path, null, (1, 1, 1));
        }

        try
        {
            ZarrAxes axes = ZarrAxes.Of(array.Header, group.Axes);
            double[]? scale = dataset.Scale?.Length == array.Header.Rank ? dataset.Scale : null;
            return new VolumeLevel(dataset.Path, axes.ShapeOf(array.Header), axes.ScaleOf(scale));
        }
        catch (InvalidDataException e)
        {
            defects.Add($"level {dataset.Path}: {e.Message}");
            return new VolumeLevel(dataset.Path, null, (1, 1, 1));
        }
    }

    /// <summary>A scale without a unit is relative to nothing known, as in the Vesuvius Challenge's stores.</summary>
    private static VoxelSize? VoxelSizeOf(ZarrLocation location, ZarrAxes axes, int rank, List<string> defects)
    {
        if (location.Group is not NgffMultiscales group || group.Axes.Count == 0)
        {
            return null;
        }

        if (group.Axes.Count != rank)
        {
            defects.Add($"the group declares {group.Axes.Count} axes, its arrays have {rank}");
            return null;
        }

        if (!axes.HasZ || group.Datasets[location.Level].Scale is not double[] scale)
        {
            return null;
        }

        double?[] unit = new double?[3];
        for (int i = 0; i < 3; i++)
        {
            NgffAxis axis = group.Axes[axes.First + i];
            unit[i] = axis.Unit is null ? null : NgffUnits.Micrometres(axis.Unit);
            if (axis.Unit is not null && unit[i] is null)
            {
                defects.Add($"axis {axis.Name} is measured in '{axis.Unit}', which is no known unit of length");
            }

            if (axis.Name is "z" or "y" or "x" && axis.Name[0] != "zyx"[i])
            {
                defects.Add($"axis {axes.First + i} is named {axis.Name}; it is taken as {"zyx"[i]}");
            }
        }

        (double Z, double Y, double X) edges = axes.ScaleOf(scale);
        if (unit is not [double z, double y, double x])
        {
            return null;
        }

        VoxelSize? size = VoxelSize.IfBelievable(edges.Z * z, edges.Y * y, edges.X * x);
        if (size is null)
        {
            defects.Add($"level {location.Level} declares voxels of {new VoxelSize(edges.Z * z, edges.Y * y, edges.X * x)}, which none can have");
        }

        return size;
    }
}
