using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Images;

/// <summary>Pixels of several channels as grey.</summary>
internal static class GreySamples
{
    /// <summary>Weights of red, green and blue in thousandths (ITU-R BT.601); equal channels give their own value.</summary>
    private const uint Red = 299;
    private const uint Green = 587;
    private const uint Blue = 114;

    /// <summary>Converts a run of pixels: alpha is left out, colour becomes its luminance, rounded to nearest.</summary>
    public static void Convert(ReadOnlySpan<byte> pixels, int channels, VoxelType type, Span<byte> grey)
    {
        if (channels == 1)
        {
            pixels.CopyTo(grey);
        }
        else if (type == VoxelType.UInt8)
        {
            ConvertNarrow(pixels, channels, grey);
        }
        else
        {
            ConvertWide(MemoryMarshal.Cast<byte, ushort>(pixels), channels, MemoryMarshal.Cast<byte, ushort>(grey));
        }
    }

    /// <summary>Whether a pixel's channels differ, and whether one is not opaque: what the conversion leaves out.</summary>
    public static (bool Coloured, bool Transparent) Inspect(ReadOnlySpan<byte> pixels, int channels, VoxelType type)
    {
        bool coloured = false;
        bool transparent = false;
        int size = type.ByteSize();
        for (int i = 0; i < pixels.Length; i += channels * size)
        {
            ReadOnlySpan<byte> pixel = pixels.Slice(i, channels * size);
            if (channels >= 3)
            {
                coloured |= !pixel[..size].SequenceEqual(pixel.Slice(size, size)) ||
                    !pixel[..size].SequenceEqual(pixel.Slice(2 * size, size));
            }

            if (channels is 2 or 4)
            {
                transparent |= pixel[^size..].ContainsAnyExcept(byte.MaxValue);
            }
        }

        return (coloured, transparent);
    }

    private static void ConvertNarrow(ReadOnlySpan<byte> pixels, int channels, Span<byte> grey)
    {
        for (int i = 0, j = 0; i < pixels.Length; i += channels, j++)
        {
            grey[j] = channels < 3 ? pixels[i] : (byte)Luminance(pixels[i], pixels[i + 1], pixels[i + 2]);
        }
    }

    private static void ConvertWide(ReadOnlySpan<ushort> pixels, int channels, Span<ushort> grey)
    {
        for (int i = 0, j = 0; i < pixels.Length; i += channels, j++)
        {
            grey[j] = channels < 3 ? pixels[i] : (ushort)Luminance(pixels[i], pixels[i + 1], pixels[i + 2]);
        }
    }

    private static uint Luminance(uint red, uint green, uint blue) => ((Red * red) + (Green * green) + (Blue * blue) + 500) / 1000;
}
