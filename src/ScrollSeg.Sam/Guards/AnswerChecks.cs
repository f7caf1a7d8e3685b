using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Guards;

/// <summary>Checks of an answer against the clicks that it answers.</summary>
public static class AnswerChecks
{
    /// <summary>Whether the mask of the highest predicted IoU covers every background click and no foreground click.</summary>
    /// <param name="prompts">What was asked.</param>
    /// <param name="answer">What the network answered.</param>
    /// <param name="threshold">Logits above it are mask.</param>
    public static Finding? SwappedLabels(PromptSet prompts, PromptedMasks answer, float threshold)
    {
        int best = Array.IndexOf(answer.PredictedIoU, answer.PredictedIoU.Max());
        int foreground = prompts.Points.Count(point => point.IsForeground);
        int background = prompts.Points.Count - foreground;
        bool swapped = foreground > 0 && background > 0 && prompts.Points.All(point => Covers(point) != point.IsForeground);
        return swapped
            ? new Finding(
                GuardName.SwappedLabels,
                $"The mask covers all {background} clicks labelled 0 and none of the {foreground} labelled 1.",
                "a mask that covers the clicks labelled 1",
                "labels swapped (1 is on the object, 0 beside it), or x and y swapped")
            : null;

        bool Covers(PointPrompt point)
        {
            int x = Math.Clamp((int)point.X, 0, answer.Width - 1);
            int y = Math.Clamp((int)point.Y, 0, answer.Height - 1);
            return answer.Logits[(((best * answer.Height) + y) * answer.Width) + x] > threshold;
        }
    }
}
