namespace ScrollSeg.Sam.Training;

/// <summary>How the network is asked while it learns. Defaults: SAM's own recipe (arXiv:2304.02643, appendix A), with
/// every other step without a prompt.</summary>
public sealed record PromptSettings
{
    /// <summary>Share of the steps that ask without any prompt for all foreground at once: what automatic runs ask.
    /// Default 0.5.</summary>
    public double WithoutPromptShare
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(WithoutPromptShare), value, "A share lies between 0 and 1.");
    } = 0.5;

    /// <summary>Whether a step with prompts also asks without one, of the same embedding, and learns from both; prompts then refine what
    /// the network sees without them (<see cref="SamConfig.GuessesFirst"/>), in every other step while it learns, and the weights say so. Default no.</summary>
    public bool AsksBoth { get; init; }

    /// <summary>Objects per image in a step with prompts. Default 1.</summary>
    public int Objects
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Objects), value, "At least one object is asked for.");
    } = 1;

    /// <summary>Clicks after the first prompt, each into the error of the mask before. Default 8.</summary>
    public int Clicks
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Clicks), value, "There are 0 clicks or more.");
    } = 8;

    /// <summary>Rounds that only see the mask before again: one among the clicks, the others at the end. Default 2.</summary>
    public int RoundsWithoutClick
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(RoundsWithoutClick), value, "There are 0 rounds or more.");
    } = 2;

    /// <summary>Deviation of a box's sides as a share of its length. Default 0.1.</summary>
    public double BoxNoise { get; init; } = 0.1;

    /// <summary>Most pixels by which a box's side is off. Default 20.</summary>
    public double MaxBoxNoise { get; init; } = 20;
}
