using SkiaSharp;

namespace ScrollSeg.Volumes.Images;

/// <summary>Reads JPEG images of 8 bits (ITU-T T.81); grey files stay grey.</summary>
public static class JpegFile
{
    /// <summary>A block of 8 x 8 pixels takes at least a bit or two per component; beyond this the header is not believed.</summary>
    private const long MaxPixelsPerByte = 4096;

    /// <summary>Reads an image of 1 or 3 channels.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged or truncated, or is no JPEG file.</exception>
    public static PixelImage Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        JpegHeader header = ReadHeader(file, path);
        file.Position = 0;
        using SKCodec codec = SKCodec.Create(file) ?? throw new VolumeFormatException(path, "Skia's JPEG decoder refuses the file.");
        SKColorType colour = header.Channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888;
        SKImageInfo wanted = new(header.Width, header.Height, colour, SKAlphaType.Opaque);
        byte[] samples = new byte[wanted.BytesSize64 <= Array.MaxLength
            ? wanted.BytesSize64
            : throw new VolumeFormatException(path, $"{header.Height} x {header.Width} pixels need more than 2 GiB.")];
        SKCodecResult result = Decode(codec, wanted, samples);
        if (result != SKCodecResult.Success)
        {
            throw new VolumeFormatException(path, $"the image of {header.Height} x {header.Width} pixels cannot be decoded: {result}.");
        }

        byte[] pixels = header.Channels == 1 ? samples : WithoutAlpha(samples);
        return new PixelImage(header.Height, header.Width, header.Channels, VoxelType.UInt8, pixels);
    }

    internal static JpegHeader ReadHeader(string path)
    {
        using FileStream file = File.OpenRead(path);
        return ReadHeader(file, path);
    }

    private static JpegHeader ReadHeader(FileStream file, string path)
    {
        JpegHeader header = JpegHeader.Read(file, path);
        return (long)header.Height * header.Width <= file.Length * MaxPixelsPerByte
            ? header
            : throw new VolumeFormatException(
                path, $"{header.Height} x {header.Width} pixels cannot be in a file of {file.Length} bytes; is it truncated?");
    }

    private static unsafe SKCodecResult Decode(SKCodec codec, SKImageInfo wanted, byte[] samples)
    {
        fixed (byte* start = samples)
        {
            return codec.GetPixels(wanted, (nint)start);
        }
    }

    /// <summary>Skia decodes colour to four bytes per pixel.</summary>
    private static byte[] WithoutAlpha(byte[] rgba)
    {
        byte[] rgb = new byte[rgba.Length / 4 * 3];
        for (int i = 0, j = 0; j < rgb.Length; i += 4, j += 3)
        {
            (rgb[j], rgb[j + 1], rgb[j + 2]) = (rgba[i], rgba[i + 1], rgba[i + 2]);
        }

        return rgb;
    }
}
