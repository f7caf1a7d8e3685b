namespace ScrollSeg.Sam.Training;

/// <summary>What is minimised. Defaults: SAM's own (arXiv:2304.02643, appendix A).</summary>
public sealed record LossSettings
{
    /// <summary>What is held against the truth pixel by pixel. Default focal loss.</summary>
    public MaskLossKind Kind { get; init; }

    /// <summary>Weight of that loss's mean over the pixels. Default 20.</summary>
    public double PixelWeight
    {
        get;
        init => field = Weight(value, nameof(PixelWeight));
    } = 20;

    /// <summary>Weight of 1 - Dice of an object. Default 1.</summary>
    public double DiceWeight
    {
        get;
        init => field = Weight(value, nameof(DiceWeight));
    } = 1;

    /// <summary>Weight of the squared error of the predicted IoU. Default 1.</summary>
    public double IouWeight
    {
        get;
        init => field = Weight(value, nameof(IouWeight));
    } = 1;

    /// <summary>Whether masks are compared with the truth as the decoder makes them, a quarter of the view along each side for a patch of
    /// 16, and the truth is averaged down; else they are brought to the view first. Costs a fraction, at the price of edges finer
    /// than a pixel of the decoder's. Default no.</summary>
    public bool AtDecoderSize { get; init; }

    private static double Weight(double value, string name) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "A weight is 0 or more.");
}
