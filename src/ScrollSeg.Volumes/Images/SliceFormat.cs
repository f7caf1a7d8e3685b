using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Images;

/// <summary>A kind of image file that holds one slice. Stateless, thread-safe.</summary>
internal abstract class SliceFormat
{
    /// <summary>All kinds, in the order in which they are asked.</summary>
    public static IReadOnlyList<SliceFormat> All { get; } = [new TiffSliceFormat(), new PngSliceFormat(), new JpegSliceFormat()];

    /// <summary>Bytes of a file's start that tell every kind from the others.</summary>
    public const int SignatureBytes = 8;

    public abstract string Name { get; }

    /// <summary>Endings of file names, with the dot, in lower case.</summary>
    public abstract IReadOnlyList<string> Extensions { get; }

    /// <summary>Whether a file that starts with these bytes is of this kind.</summary>
    public abstract bool Recognises(ReadOnlySpan<byte> start);

    /// <summary>Reads a file's header without its pixels.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged, empty or of another kind.</exception>
    public abstract SliceHeader ReadHeader(string path);

    /// <summary>Reads a rectangle of a slice.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">Its header when the volume was opened.</param>
    /// <param name="rows">Rows and columns to read; a box of one slice at z 0.</param>
    /// <param name="sink">Receives the pixels.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public abstract SliceRead ReadRows(
        string path, SliceHeader expected, Box3 rows, PixelRun sink, CancellationToken cancellationToken);

    /// <summary>The kind of a file, by its first bytes; <see langword="null"/> if it is none of these.</summary>
    public static SliceFormat? Of(string path)
    {
        Span<byte> start = stackalloc byte[SignatureBytes];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        foreach (SliceFormat format in All)
        {
            if (format.Recognises(start[..read]))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>The kind that a name claims by its ending; <see langword="null"/> if it is none of these.</summary>
    public static SliceFormat? OfName(string path)
    {
        string extension = Path.GetExtension(path);
        return All.FirstOrDefault(format => format.Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Hands on the wanted rows of an image that was decoded whole.</summary>
    protected static void Emit(PixelImage image, Box3 rows, PixelRun sink)
    {
        int pixelBytes = image.Channels * image.Type.ByteSize();
        for (int y = rows.Start.Y; y < rows.End.Y; y++)
        {
            long start = (((long)y * image.Width) + rows.Start.X) * pixelBytes;
            sink(y, rows.Start.X, image.Samples.AsSpan((int)start, rows.Shape.X * pixelBytes));
        }
    }
}
