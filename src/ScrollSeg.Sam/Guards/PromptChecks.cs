using System.Globalization;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Guards;

/// <summary>Checks of clicks and boxes against the image that they are about.</summary>
public static class PromptChecks
{
    /// <summary>An image this small leaves no doubt about what coordinates up to 1 mean.</summary>
    private const int SmallestDoubtful = 3;

    /// <summary>What no prompt may be.</summary>
    /// <param name="prompts">In pixels of the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>The first fault; <see langword="null"/> if there is none.</returns>
    public static Finding? Fault(PromptSet prompts, int height, int width) =>
        Fractions(prompts, height, width)
        ?? Outside(prompts, height, width)
        ?? (prompts.MaskLogits is null ? null : MaskPromptChecks.Fault(prompts.MaskLogits));

    /// <summary>What a prompt may be, but is seldom meant to be.</summary>
    public static IEnumerable<Finding> Notes(PromptSet prompts, int height, int width)
    {
        if (prompts.Box is BoxPrompt box && (box.X0 < 0 || box.Y0 < 0 || box.X1 > width || box.Y1 > height))
        {
            yield return new Finding(
                GuardName.BoxPartlyOutside,
                Text($"The box {box.X0},{box.Y0},{box.X1},{box.Y1} reaches beyond the image of {width} x {height} pixels (x, y)."),
                "a box within the image",
                "x and y swapped, or coordinates of the image before it was cropped or resized");
        }

        if (prompts.Points.Count > 0 && prompts.Points.All(point => !point.IsForeground) && prompts is { Box: null, MaskLogits: null })
        {
            yield return new Finding(
                GuardName.OnlyBackground,
                $"All {prompts.Points.Count} clicks are labelled 0, beside the object.",
                "at least one click labelled 1, or a box",
                "labels swapped: 1 is on the object, 0 beside it");
        }

        if (prompts.MaskLogits is not null && MaskPromptChecks.Note(prompts.MaskLogits) is Finding note)
        {
            yield return note;
        }
    }

    /// <summary>Clicks are refused only if one of them is no whole number: 0,0 and 1,1 are pixels, too. A box that ends at
    /// 1 would be smaller than a pixel.</summary>
    private static Finding? Fractions(PromptSet prompts, int height, int width)
    {
        if (Math.Min(height, width) < SmallestDoubtful)
        {
            return null;
        }

        double[] clicks = [.. prompts.Points.SelectMany(point => new[] { point.X, point.Y })];
        bool clicksInUnit = clicks.Length > 0 && clicks.All(IsShare) && clicks.Any(value => value is not (0 or 1));
        bool boxInUnit = prompts.Box is BoxPrompt box && new[] { box.X0, box.Y0, box.X1, box.Y1 }.All(IsShare);
        return clicksInUnit || boxInUnit
            ? new Finding(
                GuardName.FractionCoordinates,
                Text($"All coordinates of the {(boxInUnit ? "box" : "clicks")} lie between 0 and 1, the image is {width} x {height} pixels (x, y)."),
                "pixels, x before y, counted from 0 at the left and the top",
                "coordinates as shares of the image; multiply x by its width and y by its height")
            : null;
    }

    private static Finding? Outside(PromptSet prompts, int height, int width)
    {
        foreach (PointPrompt point in prompts.Points)
        {
            if (!(point.X >= 0 && point.Y >= 0 && point.X < width && point.Y < height))
            {
                return OutsideImage(Text($"The click {point.X},{point.Y} lies outside the image of {width} x {height} pixels (x, y)."), width, height);
            }
        }

        return prompts.Box is BoxPrompt box && !(box.X0 < width && box.Y0 < height && box.X1 > 0 && box.Y1 > 0)
            ? OutsideImage(
                Text($"The box {box.X0},{box.Y0},{box.X1},{box.Y1} lies outside the image of {width} x {height} pixels (x, y)."), width, height)
            : null;
    }

    private static Finding OutsideImage(string seen, int width, int height) => new(
        GuardName.OutsideImage,
        seen,
        $"x from 0 to {width - 1} and y from 0 to {height - 1}",
        "x and y swapped, or coordinates of the network's view or of the image before it was resized");

    private static bool IsShare(double value) => value is >= 0 and <= 1;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
