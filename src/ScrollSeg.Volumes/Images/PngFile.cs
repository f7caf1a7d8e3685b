using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Images;

/// <summary>Reads and writes PNG images, all 65,536 values of 16-bit grey included (PNG specification, third edition,
/// https://www.w3.org/TR/png-3/).</summary>
public static class PngFile
{
    /// <summary>Reads an image: every colour type and bit depth, interlaced or not. 1, 2 and 4 bits are scaled to 8, a
    /// palette becomes RGB, a transparent colour becomes alpha.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged or truncated; the message names chunk and offset.</exception>
    public static PixelImage Read(string path)
    {
        using FileStream file = OpenFile(path);
        return Read(file, path);
    }

    /// <summary>Reads an image from a stream, which stays the caller's.</summary>
    /// <param name="source">The bytes of the file, from its first; if it cannot seek it is copied to memory.</param>
    /// <param name="name">What messages call the image.</param>
    /// <exception cref="VolumeFormatException">The bytes are damaged or truncated.</exception>
    public static PixelImage Read(Stream source, string name)
    {
        if (!source.CanSeek)
        {
            using MemoryStream copy = new();
            source.CopyTo(copy);
            copy.Position = 0;
            return Read(copy, name);
        }

        using PngDecoder decoder = new(source, name, source.Length - source.Position);
        return decoder.ReadImage(decoder.ReadLayout());
    }

    /// <summary>Reads what stands before the pixels, without decoding any.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged or is no PNG file.</exception>
    public static PngHeader ReadHeader(string path)
    {
        using FileStream file = OpenFile(path);
        using PngDecoder decoder = new(file, path, file.Length);
        return decoder.ReadLayout().ToHeader();
    }

    /// <summary>Writes an image of 8 or 16 bits and 1 to 4 channels, atomically.</summary>
    /// <exception cref="IOException">The system refused; nothing lies under the final name.</exception>
    public static void Write(string path, PixelImage image, AtomicFile files) => files.Write(path, Encode(image));

    /// <summary>The bytes of a PNG file; the same for the same image.</summary>
    /// <exception cref="ArgumentException">The image has another type than uint8 or uint16.</exception>
    public static byte[] Encode(PixelImage image) => PngEncoder.Encode(image);

    private static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
}
