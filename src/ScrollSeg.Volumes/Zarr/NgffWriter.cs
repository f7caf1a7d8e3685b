using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Writes the metadata of OME-NGFF 0.4 images over Zarr v2 (https://ngff.openmicroscopy.org/0.4/).</summary>
/// <remarks>The content depends on the arguments only: no times, no host names, keys in a fixed order.</remarks>
public static class NgffWriter
{
    private const string Version = "0.4";

    /// <summary>Makes a group's folder and its <c>.zgroup</c>.</summary>
    public static void WriteGroup(string path, AtomicFile files)
    {
        files.CreateFolder(path);
        Write(Path.Combine(path, ".zgroup"), new JsonObject { ["zarr_format"] = 2 }, files);
    }

    /// <summary>Makes the group of an image, whose levels lie in it as arrays.</summary>
    /// <param name="path">The group's folder.</param>
    /// <param name="image">What to declare.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="attributes">Further attributes of the group. Default none.</param>
    /// <exception cref="ArgumentException">The image has no level, or an attribute takes the place of one.</exception>
    public static void WriteImage(string path, NgffImage image, AtomicFile files, JsonObject? attributes = null) =>
        WriteAttributes(path, new JsonObject { ["multiscales"] = Multiscales(image) }, attributes, files);

    /// <summary>Makes the group <c>labels</c> of an image, which lists its label images.</summary>
    public static void WriteLabelsGroup(string path, IReadOnlyList<string> names, AtomicFile files) =>
        WriteAttributes(
            path, new JsonObject { ["labels"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]) }, null, files);

    /// <summary>Makes the group of a label image, which lies at <c>labels/NAME</c> in the image that it labels and has as
    /// many levels.</summary>
    /// <param name="path">The group's folder.</param>
    /// <param name="image">What to declare.</param>
    /// <param name="colors">How viewers show label values.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="attributes">Further attributes of the group. Default none.</param>
    public static void WriteLabelImage(
        string path,
        NgffImage image,
        IReadOnlyList<(uint Value, byte R, byte G, byte B, byte A)> colors,
        AtomicFile files,
        JsonObject? attributes = null)
    {
        JsonObject label = new()
        {
            ["version"] = Version,
            ["colors"] = new JsonArray([.. colors.Select(color => new JsonObject
            {
                ["label-value"] = color.Value,
                ["rgba"] = new JsonArray(color.R, color.G, color.B, color.A),
            })]),
            ["source"] = new JsonObject { ["image"] = "../../" },
        };

        WriteAttributes(
            path, new JsonObject { ["multiscales"] = Multiscales(image), ["image-label"] = label }, attributes, files);
    }

    private static JsonArray Multiscales(NgffImage image)
    {
        if (image.Levels.Count == 0)
        {
            throw new ArgumentException($"The image {image.Name} has no level.", nameof(image));
        }

        JsonObject multiscale = new()
        {
            ["version"] = Version,
            ["name"] = image.Name,
            ["axes"] = new JsonArray([.. "zyx".Select(name => AxisOf(name, image.InMicrometres))]),
            ["datasets"] = new JsonArray([.. image.Levels.Select(DatasetOf)]),
        };

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

    private static void WriteAttributes(string path, JsonObject content, JsonObject? attributes, AtomicFile files)
    {
        foreach ((string key, JsonNode? value) in attributes ?? [])
        {
            if (!content.TryAdd(key, value?.DeepClone()))
            {
                throw new ArgumentException($"The attribute '{key}' is written from the image itself.", nameof(attributes));
            }
        }

        WriteGroup(path, files);
        Write(Path.Combine(path, NgffMultiscales.AttributesName), content, files);
    }

    private static void Write(string path, JsonObject content, AtomicFile files) =>
        files.Write(path, ZarrJson.ToBytes(content));
}
