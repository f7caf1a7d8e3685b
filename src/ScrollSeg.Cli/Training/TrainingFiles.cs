using ScrollSeg.Cli.Parsing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Cli.Training;

/// <summary>Opens what is learned from, and says which part of it is not.</summary>
internal static class TrainingFiles
{
    /// <summary>A volume of any kind, or a single image as a volume of one slice.</summary>
    public static async Task<VolumeReader> OpenAsync(string path, CancellationToken cancellationToken, ReaderOptions? options = null) =>
        ImageFile.IsPicture(path)
            ? new PictureVolume(ImageFile.Read(path), path)
            : await VolumeFormats.OpenAsync(path, options ?? new ReaderOptions(), cancellationToken);

    /// <summary>A half, or a region.</summary>
    /// <exception cref="UsageException">The text is neither.</exception>
    public static Box3 HeldOut(string text, VolumeInfo volume)
    {
        Shape3 shape = volume.Shape;
        try
        {
            return text switch
            {
                "left" => volume.Bounds.With(Axis.X, 0, shape.X / 2),
                "right" => volume.Bounds.With(Axis.X, shape.X / 2, shape.X - (shape.X / 2)),
                "top" => volume.Bounds.With(Axis.Y, 0, shape.Y / 2),
                "bottom" => volume.Bounds.With(Axis.Y, shape.Y / 2, shape.Y - (shape.Y / 2)),
                _ => Region.Parse(text).In(volume),
            };
        }
        catch (FormatException)
        {
            throw new UsageException($"held-out '{text}': expected left, right, top, bottom or {Region.Form}.");
        }
    }
}
