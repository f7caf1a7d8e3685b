using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Tests.Pictures;

public sealed class LocalContrastTests
{
    /// <summary>Where every region has every grey equally often there is nothing to equalise.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public void Equalise_AllGreysAlike_LeavesTheImage(double limit)
    {
        PixelImage image = Make(64, 64, (y, x) => (byte)((y % 16 * 16) + (x % 16)));

        PixelImage equal = LocalContrast.Equalise(image, regions: 4, limit);

        Assert.All(equal.Samples.Zip(image.Samples), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
    }

    /// <summary>One region without a limit is plain equalisation: half the pixels at 100 and half at 101 go to a quarter and to three
    /// quarters of all greys.</summary>
    [Fact]
    public void Equalise_OneRegionWithoutLimit_IsPlainEqualisation()
    {
        PixelImage image = Make(16, 16, (y, _) => (byte)(y < 8 ? 100 : 101));

        PixelImage equal = LocalContrast.Equalise(image, regions: 1, limit: 1e9);

        Assert.Equal([64, 191], equal.Samples.Distinct());
    }

    /// <summary>Contrast in the dark corner is raised, and where two regions meet there is no edge.</summary>
    [Fact]
    public void Equalise_UnevenLight_IsEvenedOutWithoutSeams()
    {
        PixelImage image = Make(128, 128, (y, x) => (byte)((x + y) * 80 / 256 + ((x / 4) + (y / 4)) % 2 * 4));
        PixelImage smooth = Make(128, 128, (y, x) => (byte)((x + y) * 200 / 256));

        PixelImage equal = LocalContrast.Equalise(image, limit: 4);
        PixelImage equalSmooth = LocalContrast.Equalise(smooth);

        Assert.True(equal.Samples[4] - equal.Samples[0] > 1.5 * (image.Samples[4] - image.Samples[0]));
        for (int x = 1; x < 128; x++)
        {
            Assert.InRange(equalSmooth.Samples[(64 * 128) + x] - equalSmooth.Samples[(64 * 128) + x - 1], -8, 8);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 200)]
    public void Equalise_SmallerThanItsRegions_Works(int height, int width) =>
        Assert.Equal(height * width, LocalContrast.Equalise(Make(height, width, (_, x) => (byte)x)).Samples.Length);

    [Fact]
    public void Equalise_WhatItCannotTake_IsRefused()
    {
        PixelImage colour = new(2, 2, 3, VoxelType.UInt8, new byte[12]);

        Assert.Throws<ArgumentException>(() => LocalContrast.Equalise(colour));
        Assert.Throws<ArgumentOutOfRangeException>(() => LocalContrast.Equalise(Make(2, 2, (_, _) => 0), limit: 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => LocalContrast.Equalise(Make(2, 2, (_, _) => 0), regions: 0));
    }

    private static PixelImage Make(int height, int width, Func<int, int, byte> grey) => new(
        height, width, 1, VoxelType.UInt8, [.. Enumerable.Range(0, height * width).Select(i => grey(i / width, i % width))]);
}
