namespace ScrollSeg.Segmentation.Pictures;

/// <summary>Draws where a mask ends.</summary>
public static class MaskOutline
{
    /// <summary>Colours the mask's pixels that have a neighbour (of four) outside it.</summary>
    /// <param name="canvas">The picture.</param>
    /// <param name="mask">Non-zero is inside; row-major, <c>[height, width]</c>.</param>
    /// <param name="height">Rows of the mask.</param>
    /// <param name="width">Columns of the mask.</param>
    /// <param name="at">Row and column of the canvas at which the mask's first pixel lies.</param>
    /// <param name="scale">Pixels of the canvas per pixel of the mask; the line stays one pixel wide.</param>
    /// <param name="colour">The line's colour.</param>
    public static void Draw(
        Canvas canvas, ReadOnlySpan<byte> mask, int height, int width, (int Row, int Column) at, int scale, Colour colour)
    {
        for (int y = 0; y < height * scale; y++)
        {
            for (int x = 0; x < width * scale; x++)
            {
                if (Inside(mask, y, x) &&
                    !(Inside(mask, y - 1, x) && Inside(mask, y + 1, x) && Inside(mask, y, x - 1) && Inside(mask, y, x + 1)))
                {
                    canvas.Set(at.Row + y, at.Column + x, colour);
                }
            }
        }

        bool Inside(ReadOnlySpan<byte> mask, int y, int x) =>
            y >= 0 && x >= 0 && y < height * scale && x < width * scale && mask[(y / scale * width) + (x / scale)] != 0;
    }
}
