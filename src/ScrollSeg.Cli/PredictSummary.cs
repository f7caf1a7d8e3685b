using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Cli;

/// <summary>What <c>predict</c> tells a person or a program.</summary>
internal sealed class PredictSummary(string image, string model, PromptedMasks answer, IReadOnlyList<byte[]> masks)
{
    /// <summary>The pictures written, masks first.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>The file of logits written, if one was asked for.</summary>
    public string? Logits { get; set; }

    public JsonObject ToJson() => new()
    {
        ["image"] = image,
        ["model"] = model,
        ["height"] = answer.Height,
        ["width"] = answer.Width,
        ["masks"] = new JsonArray([.. Enumerable.Range(0, answer.Count).Select(mask => new JsonObject
        {
            ["iou"] = answer.PredictedIoU[mask],
            ["pixels"] = Pixels(mask),
            ["file"] = Files.Count > 0 ? Files[mask] : null,
        })]),
        ["overlay"] = Files.Count > 0 ? Files[^1] : null,
        ["logits"] = Logits,
    };

    public override string ToString()
    {
        List<string> lines = [];
        for (int mask = 0; mask < answer.Count; mask++)
        {
            string file = Files.Count > 0 ? $"  {Files[mask]}" : "";
            lines.Add(string.Create(
                CultureInfo.InvariantCulture, $"mask {mask}  predicted IoU {answer.PredictedIoU[mask]:0.000}  {Pixels(mask)} pixels{file}"));
        }

        lines.AddRange(Files.Skip(answer.Count).Select(path => $"overlay  {path}"));
        lines.AddRange(Logits is null ? [] : [$"logits   {Logits}"]);
        return string.Join(Environment.NewLine, lines);
    }

    private int Pixels(int mask) => masks[mask].Count(pixel => pixel != 0);
}
