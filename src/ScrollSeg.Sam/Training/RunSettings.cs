namespace ScrollSeg.Sam.Training;

/// <summary>What a training run does beside learning. Only <see cref="Patience"/> may change the weights that come out.</summary>
public sealed record RunSettings
{
    /// <summary>Steps between checkpoints. Default 200.</summary>
    public int CheckpointEvery { get; init; } = 200;

    /// <summary>Steps between validations, each with a panel. Default 200.</summary>
    public int ValidateEvery { get; init; } = 200;

    /// <summary>Examples of a validation. Default 16.</summary>
    public int ValidationExamples { get; init; } = 16;

    /// <summary>Examples drawn in a panel. Default 4.</summary>
    public int PanelExamples { get; init; } = 4;

    /// <summary>Steps averaged in a row of the log. Default 10.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Validations without a better Dice after which training ends early; 0 for never. Default 0.</summary>
    public int Patience { get; init; }

    /// <summary>Whether a log for TensorBoard is written too. Default no.</summary>
    public bool TensorBoard { get; init; }
}
