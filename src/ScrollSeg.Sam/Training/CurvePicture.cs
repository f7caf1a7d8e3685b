using System.Globalization;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Training;

/// <summary>Draws one or two numbers over steps, each between its own smallest and largest value: the first one's scale is on the left, the
/// second one's on the right, in their colours. The numbers themselves are in the CSV files.</summary>
internal static class CurvePicture
{
    private const int Height = 288;
    private const int Width = 720;
    private const int Side = 64; // a number of five digits, and some air
    private const int Above = 28;
    private const int Below = 28;
    private const int Quarters = 4;

    private static readonly Colour Grid = Colour.Grey(220);
    private static readonly Colour Ink = Colour.Grey(60);

    /// <param name="curves">The first is scaled on the left, the second on the right.</param>
    /// <param name="steps">Where the picture ends.</param>
    public static PixelImage Draw(IReadOnlyList<Curve> curves, long steps)
    {
        Canvas canvas = new(Height, Width, Colour.White);
        for (int quarter = 0; quarter <= Quarters; quarter++)
        {
            int row = Row((double)quarter / Quarters);
            for (int x = Side; x <= Width - Side; x++)
            {
                canvas.Set(row, x, Grid);
            }

            string step = (steps * quarter / Quarters).ToString(CultureInfo.InvariantCulture);
            PixelText.Draw(canvas, step, Height - Below + 10, Column(steps * quarter / Quarters, steps) - (PixelText.WidthOf(step) / 2), Ink);
        }

        for (int i = 0; i < curves.Count; i++)
        {
            Draw(canvas, curves[i], isLeft: i == 0, steps);
        }

        return canvas.ToImage();
    }

    private static void Draw(Canvas canvas, Curve curve, bool isLeft, long steps)
    {
        PixelText.Draw(canvas, curve.Name, 8, isLeft ? 8 : Width - 8 - PixelText.WidthOf(curve.Name), curve.Colour);
        if (curve.Points.Count == 0)
        {
            return;
        }

        (double low, double high) = (curve.Points.Min(p => p.Value), curve.Points.Max(p => p.Value));
        for (int quarter = 0; quarter <= Quarters; quarter++)
        {
            string number = Text(low + ((high - low) * quarter / Quarters));
            int left = isLeft ? Side - 8 - PixelText.WidthOf(number) : Width - Side + 10;
            PixelText.Draw(canvas, number, Row((double)quarter / Quarters) - (PixelText.HeightOf() / 2), left, curve.Colour);
        }

        (int X, int Y)? last = null;
        foreach ((long step, double value) in curve.Points)
        {
            (int X, int Y) at = (Column(step, steps), Row(high > low ? (value - low) / (high - low) : 0.5));
            DrawLine(canvas, last ?? at, at, curve.Colour);
            last = at;
        }
    }

    private static int Column(long step, long steps) => Side + (int)(step * (Width - (2 * Side)) / Math.Max(1, steps));

    private static int Row(double share) => Height - Below - (int)Math.Round(share * (Height - Above - Below));

    /// <summary>Three figures at least, and no more than there is room for.</summary>
    private static string Text(double value) =>
        value.ToString(Math.Abs(value) < 10 ? "0.000" : Math.Abs(value) < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);

    private static void DrawLine(Canvas canvas, (int X, int Y) from, (int X, int Y) to, Colour colour)
    {
        int count = Math.Max(1, Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)));
        for (int i = 0; i <= count; i++)
        {
            (int x, int y) = (from.X + ((to.X - from.X) * i / count), from.Y + ((to.Y - from.Y) * i / count));
            canvas.Set(y, x, colour);
            canvas.Set(y + 1, x, colour);
        }
    }

    /// <summary>Numbers over steps.</summary>
    /// <param name="Name">What they are, in a few letters.</param>
    /// <param name="Points">In the order of steps.</param>
    /// <param name="Colour">Of the line, its name and its scale.</param>
    internal sealed record Curve(string Name, IReadOnlyList<(long Step, double Value)> Points, Colour Colour);
}
