using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Images;

/// <summary>Reads an image of any kind known here, by what it begins with, whatever its name.</summary>
public static class ImageFile
{
    /// <summary>Whether a path is a single PNG or JPEG: a picture, where a volume may be expected.</summary>
    public static bool IsPicture(string path) => File.Exists(path) && SliceFormat.Of(path) is PngSliceFormat or JpegSliceFormat;

    /// <summary>Reads a PNG, a JPEG or a single-page TIFF of 1 to 4 samples of 8 or 16 bits.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged or is none of these.</exception>
    public static PixelImage Read(string path) => SliceFormat.Of(path) switch
    {
        PngSliceFormat => PngFile.Read(path),
        JpegSliceFormat => JpegFile.Read(path),
        TiffSliceFormat => TiffFile.Read(path),
        _ => throw new VolumeFormatException(path, "neither PNG nor JPEG nor TIFF, by its first bytes."),
    };
}
