using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Viewer;

/// <summary>The grey values that are shown as black and as white.</summary>
/// <param name="Low">Shown as 0, as is all below it and NaN.</param>
/// <param name="High">Shown as 255, as is all above it; greater than <paramref name="Low"/>.</param>
internal readonly record struct GreyWindow(double Low, double High)
{
    /// <summary>The picture of a slice: floor(255 (v - low) / (high - low) + 0.5), cut off at the ends.</summary>
    public PixelImage Show(Plane plane)
    {
        byte[] pixels = new byte[plane.Values.Length];
        double perGrey = 255 / (High - Low);
        for (int i = 0; i < pixels.Length; i++)
        {
            double grey = (plane.Values[i] - Low) * perGrey;
            pixels[i] = grey > 0 ? (byte)(Math.Min(grey, 255) + 0.5) : (byte)0; // NaN is not above 0
        }

        return new PixelImage(plane.Height, plane.Width, 1, VoxelType.UInt8, pixels);
    }
}
