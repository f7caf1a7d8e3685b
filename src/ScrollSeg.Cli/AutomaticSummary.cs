using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Sam.AutomaticMasks;

namespace ScrollSeg.Cli;

/// <summary>What <c>predict --auto</c> tells a person or a program.</summary>
internal sealed class AutomaticSummary(
    string image,
    string model,
    (int Height, int Width) extent,
    MaskGeneratorSettings settings,
    IReadOnlyList<AutomaticMask> masks)
{
    /// <summary>The files written, if a folder was given.</summary>
    public IReadOnlyDictionary<string, string> Files { get; set; } = new Dictionary<string, string>();

    /// <summary>Everything about the masks; boxes are x, y, width, height as SAM's own generator writes them.</summary>
    /// <param name="withPixels">Whether the masks themselves are wanted, as COCO's uncompressed run lengths.</param>
    public JsonObject ToJson(bool withPixels)
    {
        JsonObject json = new()
        {
            ["image"] = image,
            ["model"] = model,
            ["height"] = extent.Height,
            ["width"] = extent.Width,
            ["settings"] = new JsonObject
            {
                ["pointsPerSide"] = settings.PointsPerSide,
                ["pointsPerBatch"] = settings.PointsPerBatch,
                ["iou"] = settings.PredictedIoUThreshold,
                ["stability"] = settings.StabilityThreshold,
                ["cropLayers"] = settings.CropLayers,
                ["minRegion"] = settings.MinRegionArea,
            },
            ["masks"] = new JsonArray([.. masks.Select((mask, i) => Describe(mask, i + 1, withPixels))]),
        };
        foreach ((string name, string path) in Files)
        {
            json[name] = path;
        }

        return json;
    }

    public override string ToString()
    {
        string cure = masks.Count > 0 ? "" : ": none was good enough; lower --iou or --stability to see more";
        List<string> lines = [string.Create(CultureInfo.InvariantCulture, $"{masks.Count} masks{cure}")];
        lines.AddRange(masks.Select((mask, i) => string.Create(
            CultureInfo.InvariantCulture,
            $"mask {i + 1}  {mask.Area} pixels  {mask.Box}  predicted IoU {mask.PredictedIoU:0.000}  " +
            $"stability {mask.StabilityScore:0.000}")));
        lines.AddRange(Files.Select(file => $"{file.Key}  {file.Value}"));
        return string.Join(Environment.NewLine, lines);
    }

    private static JsonObject Describe(AutomaticMask mask, int label, bool withPixels)
    {
        JsonObject json = new()
        {
            ["label"] = label,
            ["area"] = mask.Area,
            ["bbox"] = Corners(mask.Box),
            ["predictedIou"] = Finite(mask.PredictedIoU),
            ["stabilityScore"] = Finite(mask.StabilityScore),
            ["point"] = new JsonArray(mask.Point.X, mask.Point.Y),
            ["cropBox"] = Corners(mask.Crop),
        };
        if (withPixels)
        {
            json["rle"] = new JsonObject
            {
                ["size"] = new JsonArray(mask.Mask.Height, mask.Mask.Width),
                ["counts"] = new JsonArray([.. mask.Mask.Counts.Select(count => JsonValue.Create(count))]),
            };
        }

        return json;
    }

    private static JsonArray Corners(PixelBox box) => [box.X0, box.Y0, box.Width, box.Height];

    /// <summary>JSON has no word for what is not a number.</summary>
    private static JsonValue? Finite(float value) => float.IsFinite(value) ? JsonValue.Create(value) : null;
}
