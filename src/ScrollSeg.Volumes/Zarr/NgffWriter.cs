using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Writes the metadata of OME-NGFF images: 0.4 over Zarr v2 (https://ngff.openmicroscopy.org/0.4/), 0.5 over v3
/// (https://ngff.openmicroscopy.org/0.5/).</summary>
/// <remarks>The content depends on the arguments only: no times, no host names, keys in a fixed order.</remarks>
public static class NgffWriter
{
    private const string Version4 = "0.4";
    private const string Version5 = "0.5";

    /// <summary>Makes a group's folder and its <c>.zgroup</c> or <c>zarr.json</c>.</summary>
    /// <param name="path">The group's folder.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="zarrFormat">Version of Zarr, 2 or 3. Default 2.</param>
    public static void WriteGroup(string path, AtomicFile files, int zarrFormat = 2)
    {
        files.CreateFolder(path);
        if (zarrFormat == 2)
        {
            Write(Path.Combine(path, ZarrNode.GroupName), new JsonObject { ["zarr_format"] = 2 }, files);
        }
        else
        {
            Write(Path.Combine(path, ZarrNode.Version3Name), ZarrArrayMetadata.Group([]), files);
        }
    }

    /// <summary>Makes the group of an image, whose levels lie in it as arrays.</summary>
    /// <param name="path">The group's folder.</param>
    /// <param name="image">What to declare.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="attributes">Further attributes of the group. Default none.</param>
    /// <param name="zarrFormat">Version of Zarr, 2 or 3. Default 2.</param>
    /// <exception cref="ArgumentException">The image has no level, or an attribute takes the place of one.</exception>
    public static void WriteImage(
        string path, NgffImage image, AtomicFile files, JsonObject? attributes = null, int zarrFormat = 2) =>
        WriteAttributes(path, new JsonObject { ["multiscales"] = Multiscales(image, zarrFormat) }, attributes, files, zarrFormat);

    /// <summary>Makes the group <c>labels</c> of an image, which lists its label images.</summary>
    /// <param name="path">The group's folder.</param>
    /// <param name="names">The label images, which lie in it.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="zarrFormat">Version of Zarr, 2 or 3. Default 2.</param>
    public static void WriteLabelsGroup(string path, IReadOnlyList<string> names, AtomicFile files, int zarrFormat = 2) =>
        WriteAttributes(
            path, new JsonObject { ["labels"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]) }, null, files, zarrFormat);

    /// <summary>Makes the group of a label image, which lies at <c>labels/NAME</c> in the image that it labels and has as
    /// many levels.</summary>
    /// <param name="path">The group's folder.</param>
    /// <param name="image">What to declare.</param>
    /// <param name="colors">How viewers show label values; none to leave it to them.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="attributes">Further attributes of the group. Default none.</param>
    /// <param name="zarrFormat">Version of Zarr, 2 or 3. Default 2.</param>
    public static void WriteLabelImage(
        string path,
        NgffImage image,
        IReadOnlyList<(uint Value, byte R, byte G, byte B, byte A)> colors,
        AtomicFile files,
        JsonObject? attributes = null,
        int zarrFormat = 2)
    {
        JsonObject label = new() { ["source"] = new JsonObject { ["image"] = "../../" } };
        if (colors.Count > 0) // the schemas allow no empty list; a short one would hide all other labels in napari
        {
            label.Insert(0, "colors", new JsonArray([.. colors.Select(color => new JsonObject
            {
                ["label-value"] = color.Value,
                ["rgba"] = new JsonArray(color.R, color.G, color.B, color.A),
            })]));
        }

        if (zarrFormat == 2)
        {
            label.Insert(0, "version", Version4);
        }

        JsonObject content = new() { ["multiscales"] = Multiscales(image, zarrFormat), ["image-label"] = label };
        WriteAttributes(path, content, attributes, files, zarrFormat);
    }

    private static JsonArray Multiscales(NgffImage image, int zarrFormat)
    {
        if (image.Levels.Count == 0)
        {
            throw new ArgumentException($"The image {image.Name} has no level.", nameof(image));
        }

        JsonObject multiscale = new()
        {
            ["name"] = image.Name,
            ["axes"] = new JsonArray([.. "zyx".Select(name => AxisOf(name, image.InMicrometres))]),
            ["datasets"] = new JsonArray([.. image.Levels.Select(DatasetOf)]),
        };

        if (zarrFormat == 2)
        {
            multiscale.Insert(0, "version", Version4); // 0.5 says it once, for all of the group
        }

        if (image.DownscaleMethod is string method)
        {
            multiscale["type"] = method;
        }

        if (image.Extra is JsonObject extra)
        {
            multiscale["metadata"] = extra.DeepClone();
        }

        return [multiscale];
    }

    private static JsonObject AxisOf(char name, bool inMicrometres)
    {
        JsonObject axis = new() { ["name"] = name.ToString(), ["type"] = "space" };
        if (inMicrometres)
        {
            axis["unit"] = "micrometer";
        }

        return axis;
    }

    private static JsonObject DatasetOf(NgffLevel level)
    {
        JsonArray transformations = [Transformation("scale", level.Scale)];
        if (level.Translation != (0, 0, 0))
        {
            transformations.Add(Transformation("translation", level.Translation));
        }

        return new JsonObject { ["path"] = level.Path, ["coordinateTransformations"] = transformations };
    }

    private static JsonObject Transformation(string type, (double Z, double Y, double X) values) =>
        new() { ["type"] = type, [type] = new JsonArray(values.Z, values.Y, values.X) };

    private static void WriteAttributes(string path, JsonObject content, JsonObject? attributes, AtomicFile files, int zarrFormat)
    {
        JsonObject all = content;
        if (zarrFormat != 2)
        {
            content.Insert(0, "version", Version5);
            all = new JsonObject { ["ome"] = content };
        }

        foreach ((string key, JsonNode? value) in attributes ?? [])
        {
            if (!all.TryAdd(key, value?.DeepClone()))
            {
                throw new ArgumentException($"The attribute '{key}' is written from the image itself.", nameof(attributes));
            }
        }

        if (zarrFormat == 2)
        {
            WriteGroup(path, files);
            Write(Path.Combine(path, NgffMultiscales.AttributesName), all, files);
        }
        else
        {
            files.CreateFolder(path);
            Write(Path.Combine(path, ZarrNode.Version3Name), ZarrArrayMetadata.Group(all), files);
        }
    }

    private static void Write(string path, JsonObject content, AtomicFile files) =>
        files.Write(path, ZarrJson.ToBytes(content));
}
