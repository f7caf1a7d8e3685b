using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Where the prompts of an automatic run come from, as <c>--prompts</c> says it.</summary>
/// <param name="Kind">What is made of the source: <c>file</c> as it says, or <c>points</c>, <c>boxes</c>, <c>masks</c> of a mask
/// volume's objects.</param>
/// <param name="Path">A file of prompts, or a mask volume.</param>
public sealed record PromptRule(string Kind, string Path)
{
    /// <summary>What <see cref="Parse"/> takes, for help texts.</summary>
    public const string Forms = "none, file:FILE.json or FILE.csv, points:VOLUME, boxes:VOLUME, masks:VOLUME (of a coarse mask or of numbered objects)";

    private static readonly string[] Kinds = ["file", "points", "boxes", "masks"];

    /// <summary>Reads what a user wrote.</summary>
    /// <returns><see langword="null"/> for <c>none</c>.</returns>
    /// <exception cref="InvalidRequestException">It is none of <see cref="Forms"/>.</exception>
    public static PromptRule? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return text == "none" ? null
            : colon > 0 && colon < text.Length - 1 && Kinds.Contains(text[..colon]) ? new PromptRule(text[..colon], text[(colon + 1)..])
            : throw new InvalidRequestException($"--prompts {text}: expected {Forms}.");
    }

    /// <summary>Opens the source and sets it against the volume.</summary>
    /// <param name="volume">The volume that is segmented.</param>
    /// <exception cref="InvalidRequestException">It does not fit the volume.</exception>
    /// <exception cref="VolumeFormatException">It is damaged.</exception>
    public ITilePrompts Open(VolumeInfo volume) =>
        Kind == "file" ? FilePrompts.Read(Path, volume) : CoarseMaskPrompts.Open(this, volume);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}:{Path}";
}
