namespace ScrollSeg.Sam.Training;

/// <summary>What one step of training came to, summed over its rounds and averaged over its objects.</summary>
/// <param name="Loss">What was minimised.</param>
/// <param name="Pixel">The focal loss or cross-entropy in it, before its weight.</param>
/// <param name="Dice">1 - Dice in it.</param>
/// <param name="Iou">The squared error of the predicted IoU in it.</param>
/// <param name="LastIou">Mean IoU of the masks of the last round.</param>
/// <param name="Rounds">Rounds of questions.</param>
public sealed record StepScores(double Loss, double Pixel, double Dice, double Iou, double LastIou, int Rounds)
{
    /// <summary>Of a whole step, from those of its parts.</summary>
    /// <param name="parts">Each weighted by its share of the step.</param>
    public static StepScores Of(IReadOnlyList<StepScores> parts) => new(
        parts.Sum(part => part.Loss),
        parts.Sum(part => part.Pixel),
        parts.Sum(part => part.Dice),
        parts.Sum(part => part.Iou),
        parts.Sum(part => part.LastIou),
        parts.Max(part => part.Rounds));
}
