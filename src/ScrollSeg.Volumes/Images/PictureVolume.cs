using System.Security.Cryptography;

namespace ScrollSeg.Volumes.Images;

/// <summary>An image in memory as a volume of one slice; colour becomes grey.</summary>
/// <param name="image">The image.</param>
/// <param name="path">What messages call it.</param>
public sealed class PictureVolume(PixelImage image, string path) : VolumeReader(Describe(image, path))
{
    private readonly byte[] _samples = image.ToGrey().Samples;

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) =>
        new(Convert.ToHexStringLower(SHA256.HashData(_samples)));

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        int size = Info.Type.ByteSize();
        for (int y = 0; y < region.Shape.Y; y++)
        {
            int from = (((region.Start.Y + y) * Info.Shape.X) + region.Start.X) * size;
            _samples.AsSpan(from, region.Shape.X * size).CopyTo(destination.Row(0, y));
        }

        return new([]);
    }

    private static VolumeInfo Describe(PixelImage image, string path)
    {
        Shape3 shape = new(1, image.Height, image.Width);
        return new VolumeInfo(path, "image", shape, image.Type, shape);
    }
}
