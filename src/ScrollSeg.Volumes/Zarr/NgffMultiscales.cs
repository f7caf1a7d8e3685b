using System.Text.Json;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>One axis as a group declares it; <see cref="Unit"/> is <see langword="null"/> where none is given.</summary>
internal sealed record NgffAxis(string Name, string? Type, string? Unit)
{
    /// <summary>Whether the axis is one of space; by its name where no type is given (NGFF 0.3).</summary>
    public bool IsSpace => Type is null ? Name is "z" or "y" or "x" : Type == "space";
}

/// <summary>One array that a group declares as a resolution, and the distance of its voxels along every axis.</summary>
internal sealed record NgffDataset(string Path, double[]? Scale);

/// <summary>
/// The first entry of <c>multiscales</c> in a group's <c>.zattrs</c> (NGFF 0.1 to 0.4,
/// https://ngff.openmicroscopy.org/0.4/#multiscale-md) or in the <c>ome</c> of the attributes in its <c>zarr.json</c> (0.5,
/// https://ngff.openmicroscopy.org/0.5/#multiscale-md).
/// </summary>
/// <param name="Version">As declared; <c>0.1</c> if it is not.</param>
/// <param name="Axes">Empty before 0.3, where they are t, c, z, y, x.</param>
/// <param name="Datasets">Finest first.</param>
/// <param name="Key">The document that they stand in.</param>
/// <param name="Raw">The whole of it as stored.</param>
/// <param name="Defects">What is odd in it and was passed over.</param>
internal sealed record NgffMultiscales(
    string Version,
    IReadOnlyList<NgffAxis> Axes,
    IReadOnlyList<NgffDataset> Datasets,
    string Key,
    byte[] Raw,
    IReadOnlyList<string> Defects)
{
    /// <summary>Name of the attributes within a group.</summary>
    public const string AttributesName = ".zattrs";

    /// <summary>Reads a group's attributes.</summary>
    /// <returns><see langword="null"/> if there are none, or none about resolutions.</returns>
    /// <exception cref="VolumeFormatException">They are damaged.</exception>
    public static async ValueTask<NgffMultiscales?> ReadAsync(ChunkStore store, CancellationToken ct)
    {
        foreach (string key in new[] { AttributesName, ZarrNode.Version3Name })
        {
            using StoredBytes? bytes = await store.ReadAsync(key, ct);
            byte[]? raw = bytes?.Span.ToArray();
            if (raw is not null &&
                ZarrNode.Read(raw, store.Describe(key), root => Parse(NgffAttributes.Of(root, key), key, raw)) is NgffMultiscales found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Which resolution an array of the group is.</summary>
    /// <returns>-1 if it is none.</returns>
    public int LevelOf(string name) => Datasets.ToList().FindIndex(dataset => dataset.Path == name);

    private static NgffMultiscales? Parse(JsonElement root, string key, byte[] raw)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("multiscales", out JsonElement list))
        {
            return null;
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0 || list[0].ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException("multiscales is no list of objects.");
        }

        List<string> defects = [];
        if (list.GetArrayLength() > 1)
        {
            defects.Add($"the group declares {list.GetArrayLength()} multiscales; the first is read");
        }

        JsonElement first = list[0];
        List<NgffAxis> axes = AxesOf(first);
        double[]? common = ScaleOf(first, axes.Count, "multiscales", defects);
        string version = Text(root, "version") ?? Text(first, "version") ?? "0.1"; // with the group since 0.5
        return new NgffMultiscales(version, axes, DatasetsOf(first, axes.Count, common, defects), key, raw, defects);
    }

    private static List<NgffAxis> AxesOf(JsonElement multiscale)
    {
        List<NgffAxis> axes = [];
        if (!multiscale.TryGetProperty("axes", out JsonElement list))
        {
            return axes;
        }

        foreach (JsonElement axis in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToArray() : [])
        {
            axes.Add(axis.ValueKind switch
            {
                JsonValueKind.String => new NgffAxis(axis.GetString() ?? "", null, null), // 0.3
                JsonValueKind.Object => new NgffAxis(Text(axis, "name") ?? "", Text(axis, "type"), Text(axis, "unit")),
                _ => throw new InvalidDataException($"axes holds {JsonExcerpt.Of(axis)}, expected an object with a name."),
            });
        }

        return axes;
    }

    private static List<NgffDataset> DatasetsOf(JsonElement multiscale, int rank, double[]? common, List<string> defects)
    {
        if (!multiscale.TryGetProperty("datasets", out JsonElement list) || list.ValueKind != JsonValueKind.Array ||
            list.GetArrayLength() == 0)
        {
            throw new InvalidDataException("multiscales[0].datasets is missing or empty.");
        }

        List<NgffDataset> datasets = [];
        foreach (JsonElement entry in list.EnumerateArray())
        {
            string? path = entry.ValueKind == JsonValueKind.Object ? Text(entry, "path") : null;
            if (path is null || !ChunkStore.IsValidKey(path))
            {
                throw new InvalidDataException(
                    $"multiscales[0].datasets holds {JsonExcerpt.Of(entry)}, expected an object whose path names an array of the group.");
            }

            double[]? scale = ScaleOf(entry, rank, $"level {path}", defects);
            if (scale is null && rank > 0 && HasTypedAxes(multiscale))
            {
                defects.Add($"level {path} declares no scale");
            }

            double[]? product = Multiply(scale, common);
            if (product is not null && !Array.TrueForAll(product, edge => edge > 0 && double.IsFinite(edge)))
            {
                defects.Add($"level {path} declares a scale that, times that of multiscales, is no number");
                product = null;
            }

            datasets.Add(new NgffDataset(path, product));
        }

        return datasets;
    }

    /// <summary>Axes are objects from 0.4 on, and with them scales are mandatory.</summary>
    private static bool HasTypedAxes(JsonElement multiscale) =>
        multiscale.TryGetProperty("axes", out JsonElement axes) && axes.ValueKind == JsonValueKind.Array &&
        axes.GetArrayLength() > 0 && axes[0].ValueKind == JsonValueKind.Object;

    private static double[]? ScaleOf(JsonElement owner, int rank, string where, List<string> defects)
    {
        if (!owner.TryGetProperty("coordinateTransformations", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (JsonElement transformation in list.EnumerateArray())
        {
            if (transformation.ValueKind == JsonValueKind.Object && Text(transformation, "type") == "scale")
            {
                double[]? scale = Numbers(transformation);
                if (scale is not null && scale.Length == rank && Array.TrueForAll(scale, s => s > 0 && double.IsFinite(s)))
                {
                    return scale;
                }

                defects.Add($"{where} declares {JsonExcerpt.Of(transformation)}, expected a scale of {rank} positive numbers");
                return null;
            }
        }

        return null;
    }

    private static double[]? Numbers(JsonElement transformation) =>
        transformation.TryGetProperty("scale", out JsonElement list) && list.ValueKind == JsonValueKind.Array &&
        list.EnumerateArray().All(number => number.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(number => number.GetDouble())]
            : null;

    private static double[]? Multiply(double[]? scale, double[]? common) =>
        scale is null || common is null ? scale ?? common : [.. scale.Zip(common, (a, b) => a * b)];

    private static string? Text(JsonElement owner, string key) =>
        owner.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
