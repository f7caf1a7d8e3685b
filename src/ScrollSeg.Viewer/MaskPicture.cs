using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Viewer;

/// <summary>A mask as something to lay over a slice: orange where it is, nothing elsewhere.</summary>
internal static class MaskPicture
{
    private const int Channels = 4;

    /// <summary>Draws the mask: all of it, or only its pixels that have a neighbour (of four) outside it.</summary>
    /// <param name="mask">Non-zero is inside; what lies beyond the picture is outside.</param>
    /// <param name="outlineOnly">Whether the inside stays transparent.</param>
    /// <returns>RGBA, not premultiplied.</returns>
    public static PixelImage Draw(Plane mask, bool outlineOnly)
    {
        Colour colour = Colour.Orange;
        byte[] pixels = new byte[mask.Values.Length * Channels];
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                if (IsInside(mask, y, x) && !(outlineOnly && IsSurrounded(mask, y, x)))
                {
                    Span<byte> pixel = pixels.AsSpan(((y * mask.Width) + x) * Channels, Channels);
                    (pixel[0], pixel[1], pixel[2], pixel[3]) = (colour.Red, colour.Green, colour.Blue, byte.MaxValue);
                }
            }
        }

        return new PixelImage(mask.Height, mask.Width, Channels, VoxelType.UInt8, pixels);
    }

    private static bool IsSurrounded(Plane mask, int y, int x) =>
        IsInside(mask, y - 1, x) && IsInside(mask, y + 1, x) && IsInside(mask, y, x - 1) && IsInside(mask, y, x + 1);

    private static bool IsInside(Plane mask, int y, int x) =>
        y >= 0 && x >= 0 && y < mask.Height && x < mask.Width && mask.Values[(y * mask.Width) + x] != 0;
}
