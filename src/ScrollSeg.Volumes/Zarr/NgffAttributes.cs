using System.Text.Json;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Where the attributes of NGFF stand in a group's metadata.</summary>
internal static class NgffAttributes
{
    /// <summary>The folder of a multiscale image's label images.</summary>
    public const string LabelsName = "labels";

    /// <summary>Finds them: <c>.zattrs</c> itself, or <c>attributes.ome</c> of a <c>zarr.json</c>.</summary>
    /// <returns>An undefined element if there are none.</returns>
    public static JsonElement Of(JsonElement document, string key)
    {
        if (key != ZarrNode.Version3Name)
        {
            return document;
        }

        return !ZarrV3Header.IsArray(document) && AttributesOf(document).TryGetProperty("ome", out JsonElement ome) &&
            ome.ValueKind == JsonValueKind.Object
                ? ome
                : default;
    }

    /// <summary>Names of the label images of a multiscale image.</summary>
    /// <exception cref="VolumeFormatException">The list is damaged.</exception>
    public static async ValueTask<IReadOnlyList<string>> LabelsOfAsync(ChunkStore image, CancellationToken ct)
    {
        foreach (string key in new[] { NgffMultiscales.AttributesName, ZarrNode.Version3Name })
        {
            string place = $"{LabelsName}/{key}";
            using StoredBytes? bytes = await image.ReadAsync(place, ct);
            if (bytes is not null)
            {
                return ZarrNode.Read(bytes.Span.ToArray(), image.Describe(place), root => LabelsIn(root, key));
            }
        }

        return [];
    }

    /// <summary>Some writers of 0.5 left the list outside <c>ome</c>.</summary>
    private static List<string> LabelsIn(JsonElement document, string key)
    {
        JsonElement ome = Of(document, key);
        JsonElement attributes = key == ZarrNode.Version3Name ? AttributesOf(document) : document;
        JsonElement list = default;
        bool isListed = (ome.ValueKind == JsonValueKind.Object && ome.TryGetProperty(LabelsName, out list)) ||
            (attributes.ValueKind == JsonValueKind.Object && attributes.TryGetProperty(LabelsName, out list));
        if (!isListed)
        {
            return [];
        }

        return list.ValueKind == JsonValueKind.Array &&
            list.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String && ChunkStore.IsValidKey(name.GetString() ?? ""))
                ? [.. list.EnumerateArray().Select(name => name.GetString() ?? "")]
                : throw new InvalidDataException($"labels is {JsonExcerpt.Of(list)}, expected a list of names.");
    }

    private static JsonElement AttributesOf(JsonElement document) =>
        document.TryGetProperty("attributes", out JsonElement attributes) && attributes.ValueKind == JsonValueKind.Object
            ? attributes
            : JsonElement.Parse("{}"u8);
}
