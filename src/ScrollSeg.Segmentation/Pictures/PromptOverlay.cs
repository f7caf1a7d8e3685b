using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>An image with the outlines of the masks that a network answered, and what it was asked.</summary>
public static class PromptOverlay
{
    /// <summary>Of the first, second and third mask.</summary>
    private static readonly Colour[] MaskColours = [Colour.Orange, Colour.SkyBlue, Colour.Vermilion];

    /// <summary>Makes the picture.</summary>
    /// <param name="image">The image, 8 bits per sample.</param>
    /// <param name="masks">The masks, row-major, non-zero inside, of the image's size.</param>
    /// <param name="prompts">What was asked: a foreground click is a white disc with a black rim, a background click the
    /// other way round, a box is white.</param>
    public static PixelImage Draw(PixelImage image, IReadOnlyList<byte[]> masks, PromptSet prompts)
    {
        Canvas canvas = Canvas.Of(image);
        for (int i = masks.Count - 1; i >= 0; i--)
        {
            MaskOutline.Draw(
                canvas, masks[i], image.Height, image.Width, (0, 0), scale: 1, MaskColours[i % MaskColours.Length]);
        }

        if (prompts.Box is BoxPrompt box)
        {
            DrawBox(canvas, box);
        }

        int radius = Math.Max(2, Math.Max(image.Height, image.Width) / 200);
        foreach (PointPrompt point in prompts.Points)
        {
            DrawPoint(canvas, point, radius);
        }

        return canvas.ToImage();
    }

    private static void DrawBox(Canvas canvas, BoxPrompt box)
    {
        (int top, int bottom) = ((int)Math.Round(box.Y0), (int)Math.Round(box.Y1));
        (int left, int right) = ((int)Math.Round(box.X0), (int)Math.Round(box.X1));
        for (int x = Math.Max(0, left); x <= Math.Min(right, canvas.Width - 1); x++)
        {
            canvas.Set(top, x, Colour.White);
            canvas.Set(bottom, x, Colour.White);
        }

        for (int y = Math.Max(0, top); y <= Math.Min(bottom, canvas.Height - 1); y++)
        {
            canvas.Set(y, left, Colour.White);
            canvas.Set(y, right, Colour.White);
        }
    }

    private static void DrawPoint(Canvas canvas, PointPrompt point, int radius)
    {
        (int row, int column) = ((int)Math.Round(point.Y), (int)Math.Round(point.X));
        (Colour inner, Colour rim) = point.IsForeground ? (Colour.White, Colour.Grey(0)) : (Colour.Grey(0), Colour.White);
        for (int y = -radius - 1; y <= radius + 1; y++)
        {
            for (int x = -radius - 1; x <= radius + 1; x++)
            {
                double distance = Math.Sqrt((x * x) + (y * y));
                if (distance < radius + 1)
                {
                    canvas.Set(row + y, column + x, distance <= radius ? inner : rim);
                }
            }
        }
    }
}
