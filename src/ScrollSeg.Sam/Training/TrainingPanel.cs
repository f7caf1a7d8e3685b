using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Training;

/// <summary>Draws what the network was shown, the truth with what it was asked (clicks on the object green, beside it red, a
/// box white), its mask (orange), and where it errs (missing blue, surplus vermilion): a row per example.</summary>
internal static class TrainingPanel
{
    private const int Gap = 4;

    private static readonly Colour Green = new(0, 158, 115);
    private static readonly Colour Red = new(220, 20, 20);

    /// <summary>Draws a panel; no rows, no picture.</summary>
    public static PixelImage? Draw(IReadOnlyList<PanelRow> rows)
    {
        if (rows.Count == 0)
        {
            return null;
        }

        int side = rows[0].Example.Side;
        Canvas canvas = new((rows.Count * (side + Gap)) - Gap, (4 * (side + Gap)) - Gap, Colour.White);
        for (int row = 0; row < rows.Count; row++)
        {
            DrawRow(canvas, rows[row], row * (side + Gap), side);
        }

        return canvas.ToImage();
    }

    private static void DrawRow(Canvas canvas, PanelRow row, int top, int side)
    {
        int middle = row.Example.Labelled * side * side;
        for (int i = 0; i < side * side; i++)
        {
            Colour grey = Colour.Grey((byte)Math.Clamp(row.Example.Grey[middle + i], 0, 255));
            (bool truth, bool seen) = (row.Truth[i] != 0, row.Mask[i] != 0);
            bool isWrong = truth != seen && row.Example.Labels[i] != TrainingExample.Ignored;
            Put(0, i, grey);
            Put(1, i, truth ? Colour.SkyBlue : grey);
            Put(2, i, seen ? Colour.Orange : grey);
            Put(3, i, !isWrong ? grey : seen ? Colour.Vermilion : Colour.SkyBlue);
        }

        if (row.Box is (int x0, int y0, int x1, int y1))
        {
            for (int x = x0; x <= x1; x++)
            {
                Put(1, (y0 * side) + x, Colour.White);
                Put(1, (y1 * side) + x, Colour.White);
            }

            for (int y = y0; y <= y1; y++)
            {
                Put(1, (y * side) + x0, Colour.White);
                Put(1, (y * side) + x1, Colour.White);
            }
        }

        foreach (Click click in row.Clicks.Where(click => click.Label >= 0))
        {
            DrawClick(canvas, top + (int)click.Y, side + Gap + (int)click.X, click.Label > 0 ? Green : Red);
        }

        void Put(int column, int pixel, Colour colour) =>
            canvas.Set(top + (pixel / side), (column * (side + Gap)) + (pixel % side), colour);
    }

    /// <summary>A disc with a white rim.</summary>
    private static void DrawClick(Canvas canvas, int row, int column, Colour colour)
    {
        const int Radius = 3;
        for (int y = -Radius - 1; y <= Radius + 1; y++)
        {
            for (int x = -Radius - 1; x <= Radius + 1; x++)
            {
                int square = (y * y) + (x * x);
                if (square <= (Radius + 1) * (Radius + 1))
                {
                    canvas.Set(row + y, column + x, square <= Radius * Radius ? colour : Colour.White);
                }
            }
        }
    }
}
