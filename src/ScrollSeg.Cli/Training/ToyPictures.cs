using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Cli.Training;

/// <summary>The toy's pictures as grey values and labels of one pixel each, and what a threshold makes of them.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Grey">8 bits per pixel.</param>
/// <param name="Labels">1 foreground, 0 background, <see cref="TrainingExample.Ignored"/> beside the mask.</param>
internal sealed record ToyPictures(int Height, int Width, byte[] Grey, byte[] Labels)
{
    /// <exception cref="VolumeFormatException">An image cannot be read, or is of another size.</exception>
    public static ToyPictures Read(string image, string labels, string? mask)
    {
        PixelImage grey = EightBitImage.From(ImageFile.Read(image)).ToGrey();
        byte[] truth = Same(labels, grey);
        byte[]? known = mask is null ? null : Same(mask, grey);
        byte[] all = new byte[truth.Length];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = known is not null && known[i] == 0 ? TrainingExample.Ignored : truth[i] == 0 ? (byte)0 : (byte)1;
        }

        return new ToyPictures(grey.Height, grey.Width, grey.Samples, all);
    }

    /// <summary>Otsu's threshold of all that is not masked, as values of 0 and 255: the dark side or the bright one, whichever
    /// fits the labels better where they may be used.</summary>
    public byte[] Otsu(Func<int, bool> mayBeUsed)
    {
        long[] counts = new long[256];
        for (int i = 0; i < Grey.Length; i++)
        {
            counts[Grey[i]] += Labels[i] == TrainingExample.Ignored ? 0 : 1;
        }

        double threshold = OtsuThreshold.Of(new VolumeHistogram(0, 1, counts));
        byte[] dark = Array.ConvertAll(Grey, value => value < threshold ? (byte)255 : (byte)0);
        byte[] bright = Array.ConvertAll(dark, value => (byte)(255 - value));
        double Dice(byte[] values) => ThresholdChoice.Score(values, 1, Labels, mayBeUsed).Dice ?? 0;
        return Dice(dark) >= Dice(bright) ? dark : bright;
    }

    /// <summary>The image with the outlines of the truth (blue) and of a mask (orange).</summary>
    public PixelImage Draw(byte[] values, int level)
    {
        Canvas canvas = Canvas.Of(new PixelImage(Height, Width, 1, VoxelType.UInt8, Grey));
        byte[] truth = Array.ConvertAll(Labels, label => label == 1 ? (byte)1 : (byte)0);
        MaskOutline.Draw(canvas, truth, Height, Width, (0, 0), scale: 1, Colour.SkyBlue);
        byte[] mask = new byte[values.Length];
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = values[i] >= level && Labels[i] != TrainingExample.Ignored ? (byte)1 : (byte)0;
        }

        MaskOutline.Draw(canvas, mask, Height, Width, (0, 0), scale: 1, Colour.Orange);
        return canvas.ToImage();
    }

    private static byte[] Same(string path, PixelImage image)
    {
        PixelImage other = EightBitImage.From(ImageFile.Read(path)).ToGrey();
        return other.Height == image.Height && other.Width == image.Width
            ? other.Samples
            : throw new VolumeFormatException(
                path, $"is {other.Height} x {other.Width} pixels, the image is {image.Height} x {image.Width}; they must be of the same size.");
    }
}
