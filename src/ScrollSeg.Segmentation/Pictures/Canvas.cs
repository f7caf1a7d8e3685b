using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>An RGB picture to draw on; 8 bits per channel, origin at the top left.</summary>
public sealed class Canvas
{
    private readonly byte[] _samples;

    /// <summary>Creates a canvas of one colour.</summary>
    public Canvas(int height, int width, Colour background)
    {
        (Height, Width) = (height, width);
        _samples = new byte[checked(height * width * 3)];
        for (int i = 0; i < _samples.Length; i += 3)
        {
            (_samples[i], _samples[i + 1], _samples[i + 2]) = (background.Red, background.Green, background.Blue);
        }
    }

    /// <summary>Creates a canvas with a copy of an image on it; alpha is left out.</summary>
    /// <param name="image">Grey or RGB, 8 bits per sample.</param>
    public static Canvas Of(PixelImage image)
    {
        Canvas canvas = new(image.Height, image.Width, Colour.Grey(0));
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                ReadOnlySpan<byte> pixel = image.Samples.AsSpan(((y * image.Width) + x) * image.Channels, image.Channels);
                canvas.Set(y, x, image.Channels < 3 ? Colour.Grey(pixel[0]) : new Colour(pixel[0], pixel[1], pixel[2]));
            }
        }

        return canvas;
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Sets a pixel; outside the canvas nothing happens.</summary>
    public void Set(int row, int column, Colour colour)
    {
        if (row >= 0 && column >= 0 && row < Height && column < Width)
        {
            int at = ((row * Width) + column) * 3;
            (_samples[at], _samples[at + 1], _samples[at + 2]) = (colour.Red, colour.Green, colour.Blue);
        }
    }

    /// <summary>The colour of a pixel.</summary>
    public Colour this[int row, int column]
    {
        get
        {
            int at = ((row * Width) + column) * 3;
            return new Colour(_samples[at], _samples[at + 1], _samples[at + 2]);
        }
    }

    /// <summary>The picture as an image; shares the canvas's memory.</summary>
    public PixelImage ToImage() => new(Height, Width, channels: 3, VoxelType.UInt8, _samples);
}
