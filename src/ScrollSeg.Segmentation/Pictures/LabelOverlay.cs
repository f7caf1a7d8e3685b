using System.Runtime.InteropServices;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>An image with its labels laid over it, each in a colour of its own and with its outline.</summary>
public static class LabelOverlay
{
    /// <summary>Degrees between the hues of successive labels: the golden angle keeps any few of them apart.</summary>
    private const double GoldenAngle = 137.50776405003785;

    /// <summary>Makes the picture: half image, half colour, the outline all colour.</summary>
    /// <param name="image">The image, 8 bits per sample.</param>
    /// <param name="labels">16-bit grey of the same extent; 0 is left as it is.</param>
    /// <exception cref="ArgumentException">The labels are of another extent or type.</exception>
    public static PixelImage Draw(PixelImage image, PixelImage labels)
    {
        if ((labels.Height, labels.Width, labels.Channels, labels.Type) != (image.Height, image.Width, 1, VoxelType.UInt16))
        {
            throw new ArgumentException(
                $"Labels of [{labels.Height}, {labels.Width}, {labels.Channels}] {labels.Type} do not fit an image of " +
                $"[{image.Height}, {image.Width}].",
                nameof(labels));
        }

        ReadOnlySpan<ushort> label = MemoryMarshal.Cast<byte, ushort>(labels.Samples.AsSpan());
        Canvas canvas = Canvas.Of(image);
        for (int at = 0; at < label.Length; at++)
        {
            if (label[at] > 0)
            {
                (int y, int x) = Math.DivRem(at, image.Width);
                Colour colour = ColourOf(label[at]);
                canvas.Set(y, x, IsOutline(label, at, image.Width) ? colour : Half(canvas[y, x], colour));
            }
        }

        return canvas.ToImage();
    }

    /// <summary>The colour of a label, not 0: light, and the same in every picture.</summary>
    public static Colour ColourOf(int label)
    {
        double sector = label * GoldenAngle % 360 / 60;
        return new Colour(Channel(sector, 5), Channel(sector, 3), Channel(sector, 1));
    }

    /// <summary>One channel of a hue at saturation 0.75 and value 1 (A. R. Smith, "Color gamut transform pairs", 1978).</summary>
    private static byte Channel(double sector, int offset)
    {
        double k = (offset + sector) % 6;
        return (byte)Math.Round(255 * (1 - (0.75 * Math.Clamp(Math.Min(k, 4 - k), 0, 1))));
    }

    /// <summary>Whether a neighbour, of four, has another label.</summary>
    private static bool IsOutline(ReadOnlySpan<ushort> labels, int at, int width)
    {
        int x = at % width;
        return (x > 0 && labels[at - 1] != labels[at]) || (x < width - 1 && labels[at + 1] != labels[at])
            || (at >= width && labels[at - width] != labels[at])
            || (at + width < labels.Length && labels[at + width] != labels[at]);
    }

    private static Colour Half(Colour a, Colour b) =>
        new((byte)((a.Red + b.Red) / 2), (byte)((a.Green + b.Green) / 2), (byte)((a.Blue + b.Blue) / 2));
}
