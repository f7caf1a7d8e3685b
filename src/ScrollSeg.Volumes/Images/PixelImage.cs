namespace ScrollSeg.Volumes.Images;

/// <summary>A 2D image in memory: rows from the top, channels interleaved, <c>[H, W, C]</c>, native byte order.</summary>
public sealed class PixelImage
{
    /// <summary>Wraps samples that already have the right length.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha (not premultiplied).</param>
    /// <param name="type"><see cref="VoxelType.UInt8"/> or <see cref="VoxelType.UInt16"/>.</param>
    /// <param name="samples">The pixels; ownership goes along.</param>
    /// <exception cref="ArgumentException">The length does not fit the extent.</exception>
    public PixelImage(int height, int width, int channels, VoxelType type, byte[] samples)
    {
        long expected = (long)height * width * channels * type.ByteSize();
        if (samples.Length != expected)
        {
            throw new ArgumentException(
                $"An image of [{height}, {width}, {channels}] {type} has {expected} bytes, not {samples.Length}.", nameof(samples));
        }

        (Height, Width, Channels, Type, Samples) = (height, width, channels, type, samples);
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.</summary>
    public int Channels { get; }

    /// <summary>How each sample is stored.</summary>
    public VoxelType Type { get; }

    /// <summary>All samples, <c>[H, W, C]</c>.</summary>
    public byte[] Samples { get; }

    /// <summary>The image with one channel: colour becomes its luminance (ITU-R BT.601, rounded; equal channels give their
    /// own value), alpha is left out. A grey image is returned as it is.</summary>
    public PixelImage ToGrey()
    {
        if (Channels == 1)
        {
            return this;
        }

        byte[] grey = new byte[Samples.Length / Channels];
        GreySamples.Convert(Samples, Channels, Type, grey);
        return new PixelImage(Height, Width, 1, Type, grey);
    }
}
