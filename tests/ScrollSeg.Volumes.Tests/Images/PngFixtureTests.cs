using System.Runtime.InteropServices;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Volumes.Tests.Images;

/// <summary>Every colour type, depth, interlace and transparency, with all five filters, made by
/// tools/fixtures/make_tiff_fixtures.py, whose formula stands here again.</summary>
public sealed class PngFixtureTests
{
    private const int Height = 11;
    private const int Width = 13;

    public static TheoryData<int, int, bool, bool> Kinds()
    {
        TheoryData<int, int, bool, bool> kinds = [];
        foreach ((int colour, int[] depths) in new[] { (0, new[] { 1, 2, 4, 8, 16 }), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
        {
            foreach (int depth in depths)
            {
                foreach (bool interlaced in new[] { false, true })
                {
                    kinds.Add(colour, depth, interlaced, false);
                    if (colour is 0 or 2 or 3)
                    {
                        kinds.Add(colour, depth, interlaced, true);
                    }
                }
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_EveryKind_GivesItsPixels(int colour, int depth, bool interlaced, bool transparent)
    {
        string name = $"png/c{colour}-d{depth}{(interlaced ? "-interlaced" : "")}{(transparent ? "-transparent" : "")}.png";

        PixelImage image = PngFile.Read(Fixture.PathOf(name));

        int channels = (colour switch { 0 => 1, 4 => 2, 6 => 4, _ => 3 }) + (transparent ? 1 : 0);
        Assert.Equal(
            (Height, Width, channels, depth == 16 ? VoxelType.UInt16 : VoxelType.UInt8),
            (image.Height, image.Width, image.Channels, image.Type));
        Assert.Equal(new PngHeader(Height, Width, channels, image.Type, depth, interlaced), PngFile.ReadHeader(Fixture.PathOf(name)));
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                Assert.Equal(Expected(y, x, colour, depth, transparent), Pixel(image, y, x));
            }
        }
    }

    private static int[] Pixel(PixelImage image, int y, int x)
    {
        int first = ((y * Width) + x) * image.Channels;
        return image.Type == VoxelType.UInt16
            ? [.. MemoryMarshal.Cast<byte, ushort>(image.Samples).Slice(first, image.Channels).ToArray().Select(value => (int)value)]
            : [.. image.Samples.AsSpan(first, image.Channels).ToArray().Select(value => (int)value)];
    }

    private static int[] Expected(int y, int x, int colour, int depth, bool transparent)
    {
        if (colour == 3)
        {
            int i = Sample(y, x, 0, depth);
            int[] rgb = [i * 5 % 256, i * 7 % 256, 255 - i];
            return transparent ? [.. rgb, i < Math.Max(1, (1 << depth) / 2) ? i * 3 % 256 : 255] : rgb;
        }

        int stored = colour switch { 0 => 1, 2 => 3, 4 => 2, _ => 4 };
        int scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
        int[] samples = [.. Enumerable.Range(0, stored).Select(c => Sample(y, x, c, depth) * scale)];
        bool isTransparent = Enumerable.Range(0, stored).All(c => Sample(y, x, c, depth) == Sample(2, 3, c, depth));
        return transparent ? [.. samples, isTransparent ? 0 : depth == 16 ? 65535 : 255] : samples;
    }

    private static int Sample(int y, int x, int c, int depth) => ((y * 3701) + (x * 1103) + (c * 101) + (y * x * 13)) % (1 << depth);
}
