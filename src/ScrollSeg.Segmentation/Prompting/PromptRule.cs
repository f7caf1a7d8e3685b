using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Where the prompts of an automatic run come from, as <c>--prompts</c> says it.</summary>
/// <param name="Kind">What is made of the source: <c>file</c> as it says; <c>points</c>, <c>boxes</c>, <c>masks</c> of a mask
/// volume's objects; <c>propagate</c> either of them from slice to slice; <c>grid</c>, which has no source.</param>
/// <param name="Path">A file of prompts, or a mask volume; empty for a grid.</param>
public sealed record PromptRule(string Kind, string Path)
{
    /// <summary>What <see cref="Parse"/> takes, for help texts.</summary>
    public const string Forms =
        "none, file:FILE.json or FILE.csv, points:VOLUME, boxes:VOLUME, masks:VOLUME (of a coarse mask or of numbered objects), "
        + $"{GridRule.Form} (automatic masks), propagate:{PropagationRule.Form} (from seeds to their neighbours)";

    private static readonly string[] Kinds = ["file", "points", "boxes", "masks"];

    /// <summary>The grid, if it is one.</summary>
    public GridRule? Grid { get; init; }

    /// <summary>How seeds are carried on, if they are.</summary>
    public PropagationRule? Propagation { get; init; }

    /// <summary>Reads what a user wrote.</summary>
    /// <returns><see langword="null"/> for <c>none</c>.</returns>
    /// <exception cref="InvalidRequestException">It is none of <see cref="Forms"/>.</exception>
    public static PromptRule? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = text.Split(':', ',')[0];
        if (kind == "grid")
        {
            return new PromptRule(kind, "") { Grid = GridRule.Parse(text) };
        }

        if (kind == "propagate" && colon == kind.Length)
        {
            (string path, PropagationRule rule) = PropagationRule.Parse(text, text[(colon + 1)..]);
            return new PromptRule(kind, path) { Propagation = rule };
        }

        return text == "none" ? null
            : colon > 0 && colon < text.Length - 1 && Kinds.Contains(text[..colon]) ? new PromptRule(text[..colon], text[(colon + 1)..])
            : throw new InvalidRequestException($"--prompts {text}: expected {Forms}.");
    }

    /// <summary>The same rule with its path in full, for another process or another folder.</summary>
    /// <param name="text">What a user wrote.</param>
    /// <param name="folder">What paths are relative to. Default the current folder.</param>
    /// <returns>The text itself where there is no path, or where it cannot be understood: whoever parses it will say so.</returns>
    public static string Resolve(string text, string? folder = null)
    {
        try
        {
            return Parse(text) is PromptRule { Path.Length: > 0 } rule && !RemotePath.IsRemote(rule.Path)
                ? (rule with { Path = System.IO.Path.GetFullPath(rule.Path, folder ?? Directory.GetCurrentDirectory()) }).ToString()
                : text;
        }
        catch (InvalidRequestException)
        {
            return text;
        }
    }

    /// <summary>Opens the source and sets it against the volume.</summary>
    /// <param name="volume">The volume that is segmented.</param>
    /// <exception cref="InvalidOperationException">The rule is a grid, which has no places.</exception>
    /// <exception cref="InvalidRequestException">It does not fit the volume.</exception>
    /// <exception cref="VolumeFormatException">It is damaged.</exception>
    public ITilePrompts Open(VolumeInfo volume) => Kind switch
    {
        "grid" => throw new InvalidOperationException("A grid asks about a tile's content, not about its place."),
        "propagate" => PropagatedPrompts.Open(this, volume),
        "file" => FilePrompts.Read(Path, volume),
        _ => CoarseMaskPrompts.Open(this, volume, Kind),
    };

    /// <inheritdoc/>
    public override string ToString() =>
        Grid is not null ? Grid.ToString() : Propagation is not null ? $"{Kind}:{Path},{Propagation}" : $"{Kind}:{Path}";
}
