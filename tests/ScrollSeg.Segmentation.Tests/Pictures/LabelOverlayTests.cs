using System.Runtime.InteropServices;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Tests.Pictures;

public sealed class LabelOverlayTests
{
    [Fact]
    public void Draw_OneLabel_BlendsInsideAndOutlines()
    {
        byte[] grey = new byte[25];
        Array.Fill(grey, (byte)100);
        PixelImage image = new(5, 5, channels: 1, VoxelType.UInt8, grey);
        PixelImage labels = Labels(
            5,
            0, 0, 0, 0, 0,
            0, 7, 7, 7, 0,
            0, 7, 7, 7, 0,
            0, 7, 7, 7, 0,
            0, 0, 0, 0, 0);
        Colour colour = LabelOverlay.ColourOf(7);

        PixelImage picture = LabelOverlay.Draw(image, labels);

        Assert.Equal(new Colour(100, 100, 100), At(picture, 0, 0));
        Assert.Equal(colour, At(picture, 1, 1));
        Assert.Equal(
            new Colour((byte)((100 + colour.Red) / 2), (byte)((100 + colour.Green) / 2), (byte)((100 + colour.Blue) / 2)),
            At(picture, 2, 2));
        Assert.All(grey, level => Assert.Equal(100, level)); // the image itself is left as it is
    }

    [Fact]
    public void Draw_LabelsSideBySide_EachHasAnOutline()
    {
        PixelImage picture = LabelOverlay.Draw(new PixelImage(1, 4, 3, VoxelType.UInt8, new byte[12]), Labels(4, 1, 1, 2, 2));

        Assert.Equal([LabelOverlay.ColourOf(1), LabelOverlay.ColourOf(2)], [At(picture, 0, 1), At(picture, 0, 2)]);
        Assert.NotEqual(LabelOverlay.ColourOf(1), At(picture, 0, 0));
    }

    [Fact]
    public void ColourOf_FirstLabels_AreAllDifferentAndLight()
    {
        Colour[] colours = [.. Enumerable.Range(1, 100).Select(LabelOverlay.ColourOf)];

        Assert.Equal(100, colours.Distinct().Count());
        Assert.All(colours, colour => Assert.Equal(255, Math.Max(colour.Red, Math.Max(colour.Green, colour.Blue))));
    }

    [Fact]
    public void Draw_LabelsOfAnotherExtent_SaysBothSides() => Assert.Contains(
        "[1, 4, 1] UInt16 do not fit an image of [2, 2]",
        Assert.Throws<ArgumentException>(
            () => LabelOverlay.Draw(new PixelImage(2, 2, 1, VoxelType.UInt8, new byte[4]), Labels(4, 1, 1, 1, 1))).Message,
        StringComparison.Ordinal);

    private static PixelImage Labels(int width, params ushort[] labels) =>
        new(labels.Length / width, width, channels: 1, VoxelType.UInt16, MemoryMarshal.AsBytes(labels.AsSpan()).ToArray());

    private static Colour At(PixelImage picture, int row, int column)
    {
        int at = ((row * picture.Width) + column) * 3;
        return new Colour(picture.Samples[at], picture.Samples[at + 1], picture.Samples[at + 2]);
    }
}
