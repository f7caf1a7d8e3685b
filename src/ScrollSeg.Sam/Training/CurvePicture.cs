using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Training;

/// <summary>Draws numbers over steps, each curve between its own smallest and largest value. The numbers themselves are in the
/// CSV files.</summary>
internal static class CurvePicture
{
    private const int Height = 240;
    private const int Width = 640;
    private const int Margin = 8;

    /// <param name="curves">Points (step, value) in the order of steps, and a colour.</param>
    /// <param name="steps">Where the picture ends.</param>
    public static PixelImage Draw(IReadOnlyList<(IReadOnlyList<(long Step, double Value)> Points, Colour Colour)> curves, long steps)
    {
        Canvas canvas = new(Height, Width, Colour.White);
        for (int quarter = 0; quarter <= 4; quarter++)
        {
            int row = Margin + (quarter * (Height - (2 * Margin) - 1) / 4);
            for (int x = Margin; x < Width - Margin; x++)
            {
                canvas.Set(row, x, Colour.Grey(220));
            }
        }

        foreach ((IReadOnlyList<(long Step, double Value)> points, Colour colour) in curves.Where(curve => curve.Points.Count > 0))
        {
            (double low, double high) = (points.Min(p => p.Value), points.Max(p => p.Value));
            (int X, int Y)? last = null;
            foreach ((long step, double value) in points)
            {
                int x = Margin + (int)(step * (Width - (2 * Margin) - 1) / Math.Max(1, steps));
                double share = high > low ? (value - low) / (high - low) : 0.5;
                int y = Height - Margin - 1 - (int)(share * (Height - (2 * Margin) - 1));
                DrawLine(canvas, last ?? (x, y), (x, y), colour);
                last = (x, y);
            }
        }

        return canvas.ToImage();
    }

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
}
