using System.Runtime.InteropServices;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>Masks as one image of labels: mask i, from 0, is i + 1, no mask is 0. Where masks overlap the smaller one is on
/// top, of equals the earlier; a mask that smaller ones cover does not show.</summary>
public static class InstanceLabels
{
    /// <summary>Paints the labels.</summary>
    /// <param name="masks">Masks of one image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>16-bit grey.</returns>
    /// <exception cref="InvalidRequestException">There are more masks than 16 bits can number.</exception>
    public static PixelImage Paint(IReadOnlyList<AutomaticMask> masks, int height, int width)
    {
        if (masks.Count > ushort.MaxValue)
        {
            throw new InvalidRequestException($"{masks.Count} masks do not fit an image of 16-bit labels; ask for higher scores.");
        }

        byte[] samples = new byte[checked(height * width * sizeof(ushort))];
        Span<ushort> labels = MemoryMarshal.Cast<byte, ushort>(samples.AsSpan());
        foreach (int i in Enumerable.Range(0, masks.Count).Reverse().OrderByDescending(i => masks[i].Area)) // a stable sort
        {
            foreach ((int start, int length) in masks[i].Mask.InsideRuns())
            {
                for (int at = start; at < start + length; at++)
                {
                    (int x, int y) = Math.DivRem(at, height);
                    labels[(y * width) + x] = (ushort)(i + 1);
                }
            }
        }

        return new PixelImage(height, width, channels: 1, VoxelType.UInt16, samples);
    }
}
