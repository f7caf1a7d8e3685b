using System.Text.Json;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>
/// Prompts as JSON: <c>{"objects": [{"slice": 12, "points": [[x, y, 1], [x, y, 0]], "box": [x0, y0, x1, y1]}]}</c>. Instead of
/// <c>slice</c> there may be <c>"slices": [first, last]</c>, or neither for every slice of the volume.
/// </summary>
internal static class PromptJson
{
    private static readonly string[] Keys = ["slice", "slices", "points", "box"];

    public static IReadOnlyList<PromptObject> Parse(string path, string text, int sliceCount)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("objects", out JsonElement objects)
                || objects.ValueKind != JsonValueKind.Array)
            {
                throw new VolumeFormatException(path, "holds no list 'objects' of prompts.");
            }

            return [.. objects.EnumerateArray().Select((element, number) => ObjectOf(path, number, element, sliceCount))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new VolumeFormatException(path, $"is no JSON of prompts: {e.Message}");
        }
    }

    private static PromptObject ObjectOf(string path, int number, JsonElement element, int sliceCount)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!Keys.Contains(property.Name))
            {
                throw new VolumeFormatException(path, $"has '{property.Name}' in object {number}; known are {string.Join(", ", Keys)}.");
            }
        }

        (int first, int last) = element.TryGetProperty("slice", out JsonElement slice) ? (slice.GetInt32(), slice.GetInt32())
            : element.TryGetProperty("slices", out JsonElement slices) && Numbers(path, number, slices, 2) is { } range ? ((int)range[0], (int)range[1])
            : (0, sliceCount - 1);
        PointPrompt[] points = element.TryGetProperty("points", out JsonElement list)
            ? [.. list.EnumerateArray().Select(point => PointOf(path, number, point))]
            : [];
        BoxPrompt? box = element.TryGetProperty("box", out JsonElement corners) && Numbers(path, number, corners, 4) is { } sides
            ? new BoxPrompt(sides[0], sides[1], sides[2], sides[3])
            : null;
        return new PromptObject(first, last, points, box);
    }

    private static PointPrompt PointOf(string path, int number, JsonElement point) =>
        Numbers(path, number, point, 3) is [double x, double y, 0 or 1] numbers
            ? new PointPrompt(x, y, numbers[2] == 1)
            : throw new VolumeFormatException(path, $"has a point in object {number} that is not [x, y, label], with label 1 on the object and 0 beside it.");

    private static double[] Numbers(string path, int number, JsonElement list, int count)
    {
        double[] numbers = [.. list.EnumerateArray().Select(value => value.GetDouble())];
        return numbers.Length == count && numbers.All(double.IsFinite)
            ? numbers
            : throw new VolumeFormatException(path, $"has {numbers.Length} numbers in object {number} where {count} are expected.");
    }
}
