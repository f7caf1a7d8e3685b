using System.Globalization;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>How masks of single slices are carried on to their neighbours, slice by slice, and when that ends.</summary>
public sealed record PropagationRule
{
    /// <summary>What follows <c>propagate:</c>, for help texts.</summary>
    public const string Form = "FILE|VOLUME[,by=mask|box|points][,limit=SLICES][,stop=LEAST_IOU][,change=FACTOR]";

    private static readonly string[] Keys = ["by", "limit", "stop", "change"];

    /// <summary>What a slice is told of its neighbour's objects, a kind of <see cref="MaskPrompt"/>: <c>masks</c>, <c>boxes</c> or
    /// <c>points</c>. Default masks.</summary>
    public string By { get; init; } = "masks";

    /// <summary>Slices from a seed to the last one that is reached from it, each way. Default 32.</summary>
    public int Limit { get; init; } = 32;

    /// <summary>Predicted IoU below which an answer about an object counts as none. Default 0: any answer counts.</summary>
    public double LeastIoU { get; init; }

    /// <summary>An object ends where its area in a slice is more than so many times larger or smaller than in the one before. Default
    /// 2.</summary>
    public double MostChange { get; init; } = 2;

    /// <summary>Reads what stands behind <c>propagate:</c>. A path may hold commas: settings are what follows it in their form.</summary>
    /// <exception cref="InvalidRequestException">It is no <see cref="Form"/>.</exception>
    internal static (string Path, PropagationRule Rule) Parse(string text, string source)
    {
        string[] parts = source.Split(',');
        int path = parts.Length;
        while (path > 1 && parts[path - 1].Contains('=', StringComparison.Ordinal) && !parts[path - 1].Contains('/', StringComparison.Ordinal))
        {
            path--;
        }

        RuleSettings settings = new(text, parts[path..], Keys);
        PropagationRule defaults = new();
        string file = string.Join(',', parts[..path]);
        return file.Length == 0
            ? throw new InvalidRequestException($"--prompts {text}: expected propagate:{Form}.")
            : (file, new PropagationRule
            {
                By = settings.Word("by", "mask", "mask", "box", "points") switch { "mask" => "masks", "box" => "boxes", _ => "points" },
                Limit = settings.Whole("limit", defaults.Limit, 1, int.MaxValue),
                LeastIoU = settings.Number("stop", defaults.LeastIoU, 0, 1),
                MostChange = settings.Number("change", defaults.MostChange, 1, 1e9),
            });
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"by={By switch { "masks" => "mask", "boxes" => "box", _ => "points" }},limit={Limit},stop={LeastIoU},change={MostChange}");
}
