namespace ScrollSeg.Sam;

/// <summary>How a SAM's weights were trained, as our own files say; no other file does.</summary>
public sealed record SamTraining
{
    /// <summary>The prompt without a prompt: what <c>segment --prompts none</c> asks.</summary>
    public const string NoPrompt = "none";

    /// <summary>Everything that <see cref="Prompts"/> may hold.</summary>
    public static IReadOnlyList<string> KnownPrompts { get; } = [NoPrompt, "point", "box", "mask"];

    /// <summary>Everything that <see cref="Adapter"/> may be.</summary>
    public static IReadOnlyList<string> KnownAdapters { get; } = ["replicate", "rgb", "montage", "conv", "inflate"];

    /// <summary>Those that have weights of their own.</summary>
    public static IReadOnlyList<string> LearnedAdapters { get; } = ["conv", "inflate"];

    /// <summary>The kinds of prompt that the weights were trained with; empty if the file does not say. Default empty.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>What turns slices into the network's channels. Default <c>replicate</c>, which has no weights.</summary>
    public string Adapter { get; init; } = "replicate";

    /// <summary>Whether the weights have seen nothing but made-up scans. Default no.</summary>
    public bool OnPhantomsOnly { get; init; }

    /// <summary>Whether the file says that masks without prompts were trained.</summary>
    public bool WithoutPrompts => Prompts.Contains(NoPrompt);
}
