using System.Globalization;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Cli.Parsing;

/// <summary>Clicks and boxes as people write them, in pixels of the image, x before y.</summary>
internal static class PromptText
{
    /// <summary><c>120,80,1</c>: column, row, and 1 on the object or 0 beside it.</summary>
    public static PointPrompt ParsePoint(string text) => Numbers(text) is [double x, double y, 0 or 1] numbers
        ? new PointPrompt(x, y, numbers[2] == 1)
        : throw new UsageException($"--point {text}: expected X,Y,LABEL, with LABEL 1 on the object and 0 beside it, for example 120,80,1.");

    /// <summary><c>10,20,110,90</c>: left, top, right, bottom.</summary>
    public static BoxPrompt ParseBox(string text) => Numbers(text) is [double x0, double y0, double x1, double y1] && x0 < x1 && y0 < y1
        ? new BoxPrompt(x0, y0, x1, y1)
        : throw new UsageException($"--box {text}: expected X0,Y0,X1,Y1, left before right and top before bottom, for example 10,20,110,90.");

    /// <summary>What lies outside an image of this size is a mistake.</summary>
    public static void CheckInside(PromptSet prompts, int height, int width)
    {
        foreach (PointPrompt point in prompts.Points)
        {
            if (point.X < 0 || point.Y < 0 || point.X >= width || point.Y >= height)
            {
                throw new UsageException(string.Create(
                    CultureInfo.InvariantCulture, $"--point {point.X},{point.Y}: the image is {width} x {height} pixels (x, y)."));
            }
        }

        if (prompts.Box is BoxPrompt box && (box.X0 >= width || box.Y0 >= height || box.X1 <= 0 || box.Y1 <= 0))
        {
            throw new UsageException($"--box: lies wholly outside the image of {width} x {height} pixels (x, y).");
        }
    }

    /// <summary>The numbers between the commas; none if one of them is no finite number.</summary>
    private static double[] Numbers(string text)
    {
        string[] parts = text.Split(',');
        double[] numbers = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])
                || !double.IsFinite(numbers[i]))
            {
                return [];
            }
        }

        return numbers;
    }
}
