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
    /// <param name="parts">Each with its share of the step; the shares sum to 1.</param>
    public static StepScores Of(IReadOnlyList<(double Share, StepScores Scores)> parts)
    {
        double Sum(Func<StepScores, double> of) => parts.Sum(part => part.Share * of(part.Scores));
        return parts is [(1, StepScores whole)]
            ? whole
            : new(Sum(s => s.Loss), Sum(s => s.Pixel), Sum(s => s.Dice), Sum(s => s.Iou), Sum(s => s.LastIou), parts.Max(part => part.Scores.Rounds));
    }
}
