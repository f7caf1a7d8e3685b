using System.Runtime.InteropServices;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>Brings an image to the 8 bits per sample that networks for photographs and screens show.</summary>
public static class EightBitImage
{
    /// <summary>Share of the samples below black, and above white, in percent of 16-bit images: a single image has no
    /// volume to be scaled by, and scans rarely fill 16 bits.</summary>
    private const double Clipped = 0.5;

    /// <summary>Leaves 8-bit images as they are; scales 16-bit ones between two percentiles of their own.</summary>
    public static PixelImage From(PixelImage image)
    {
        if (image.Type == VoxelType.UInt8)
        {
            return image;
        }

        ReadOnlySpan<ushort> samples = MemoryMarshal.Cast<byte, ushort>(image.Samples);
        int colours = image.Channels is 1 or 3 ? image.Channels : image.Channels - 1; // the rest is alpha
        long[] counts = new long[ushort.MaxValue + 1];
        for (int i = 0; i < samples.Length; i++)
        {
            counts[samples[i]] += i % image.Channels < colours ? 1 : 0;
        }

        VolumeHistogram histogram = new(0, 1, counts);
        double low = histogram.Quantile(Clipped / 100);
        IntensityRange range = new(low, Math.Max(low + 1, histogram.Quantile(1 - (Clipped / 100))));
        byte[] bytes = new byte[samples.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            bytes[i] = i % image.Channels < colours ? (byte)Math.Round(range.Apply(samples[i])) : (byte)(samples[i] >> 8);
        }

        return new PixelImage(image.Height, image.Width, image.Channels, VoxelType.UInt8, bytes);
    }
}
