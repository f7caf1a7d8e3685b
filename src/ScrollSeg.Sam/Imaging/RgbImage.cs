using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Imaging;

/// <summary>An image as SAM wants it: red, green and blue, 8 bits each.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Samples">The pixels, <c>[H, W, 3]</c>.</param>
internal sealed record RgbImage(int Height, int Width, byte[] Samples)
{
    /// <summary>Takes grey thrice; drops alpha.</summary>
    /// <exception cref="ArgumentException">The image has not 8 bits per sample.</exception>
    public static RgbImage From(PixelImage image)
    {
        if (image.Type != VoxelType.UInt8)
        {
            throw new ArgumentException(
                $"SAM sees 8 bits per sample, not {image.Type}: choose which grey values become black and white first.", nameof(image));
        }

        if (image.Channels == 3)
        {
            return new RgbImage(image.Height, image.Width, image.Samples);
        }

        int colours = image.Channels < 3 ? 1 : 3;
        byte[] samples = new byte[checked(image.Height * image.Width * 3)];
        for (int pixel = 0; pixel < samples.Length / 3; pixel++)
        {
            ReadOnlySpan<byte> source = image.Samples.AsSpan(pixel * image.Channels, colours);
            for (int channel = 0; channel < 3; channel++)
            {
                samples[(pixel * 3) + channel] = source[colours == 1 ? 0 : channel];
            }
        }

        return new RgbImage(image.Height, image.Width, samples);
    }

    /// <summary>The extent to which the longest side becomes <paramref name="side"/>: <c>ResizeLongestSide</c> in
    /// segment_anything/utils/transforms.py (commit dca509f).</summary>
    public static (int Height, int Width) FitLongestSide(int height, int width, int side)
    {
        double scale = side / (double)Math.Max(height, width);
        return (Math.Max(1, (int)((height * scale) + 0.5)), Math.Max(1, (int)((width * scale) + 0.5)));
    }
}
