namespace ScrollSeg.Sam.Training;

/// <summary>Which voxels of a prediction are sure enough to be learned from.</summary>
public sealed record ConfidenceSettings
{
    /// <summary>Probability from which on a voxel is foreground; background is as far below 0.5 as that lies above. Default 0.9.</summary>
    public double Confidence
    {
        get;
        init => field = value is > 0.5 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Confidence), value, "A confidence lies above 0.5 and is 1 at most.");
    } = 0.9;

    /// <summary>Least overlap (IoU) of a tile's masks at logits 1 and -1, as SAM's own stability score has it; a tile below it is left
    /// out whole. Default 0.5: half of SAM's shift already moves much of what is two voxels thick.</summary>
    public double Stability
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Stability), value, "An overlap lies between 0 and 1.");
    } = 0.5;

    /// <summary>Most that several answers for a voxel may deviate, as a standard deviation of probabilities. Default 0.1.</summary>
    public double Spread
    {
        get;
        init => field = value is >= 0 and <= 0.5
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Spread), value, "Probabilities deviate by 0 to 0.5.");
    } = 0.1;
}
