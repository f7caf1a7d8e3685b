using ScrollSeg.Volumes.Phantoms;

namespace ScrollSeg.Volumes.Tests.Phantoms;

public sealed class FragmentPhantomTests
{
    private static readonly FragmentPhantom Small = new() { Shape = new Shape3(65, 200, 280), Seed = 2 };

    private static readonly Lazy<VoxelBuffer> Whole = new(() =>
    {
        VoxelBuffer whole = VoxelBuffer.Rent(Small.Shape, VoxelType.UInt16);
        Small.Fill(Small.Bounds, whole);
        return whole;
    });

    [Fact]
    public void Fill_OfAnyBox_GivesThatPartOfTheWhole()
    {
        VoxelBuffer whole = Whole.Value;
        Random random = new(5);
        for (int i = 0; i < 15; i++)
        {
            (int z, int y, int x) = (random.Next(60), random.Next(190), random.Next(270));
            Box3 box = new((z, y, x), new Shape3(1 + random.Next(65 - z), 1 + random.Next(Math.Min(40, 200 - y)), 1 + random.Next(280 - x)));
            using VoxelBuffer part = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
            Small.Fill(box, part);
            for (int k = 0; k < box.Shape.Z; k++)
            {
                for (int j = 0; j < box.Shape.Y; j++)
                {
                    ReadOnlySpan<byte> expected = whole.Row(z + k, y + j).Slice(2 * x, 2 * box.Shape.X);
                    Assert.True(expected.SequenceEqual(part.Row(k, j)), $"{box}, row {k}, {j}");
                }
            }
        }
    }

    [Fact]
    public void Pictures_InPieces_AreTheWhole()
    {
        byte[] whole = Picture(FragmentPicture.Infrared, 0, 0, 200, 280);
        byte[] piece = Picture(FragmentPicture.Infrared, 77, 101, 20, 30);
        for (int y = 0; y < 20; y++)
        {
            Assert.Equal(whole.Skip(((77 + y) * 280) + 101).Take(30), piece.Skip(y * 30).Take(30));
        }
    }

    [Fact]
    public void Ink_LiesOnPapyrus_AndCoversATenthOrTwo()
    {
        byte[] mask = Picture(FragmentPicture.Mask, 0, 0, 200, 280);
        byte[] ink = Picture(FragmentPicture.Ink, 0, 0, 200, 280);

        Assert.DoesNotContain(mask.Zip(ink), pair => pair is { First: 0, Second: not 0 });
        Assert.InRange(mask.Average(value => value / 255.0), 0.4, 0.95);
        Assert.InRange((double)ink.Count(value => value != 0) / mask.Count(value => value != 0), 0.06, 0.28);
    }

    [Fact]
    public void XRay_ShowsInkFarBelowTheNoise_OverSeveralLayers()
    {
        VoxelBuffer volume = Whole.Value;
        byte[] mask = Picture(FragmentPicture.Mask, 0, 0, 200, 280);
        byte[] ink = Picture(FragmentPicture.Ink, 0, 0, 200, 280);

        double[] differences = [.. Enumerable.Range(0, 65).Select(z => Difference(volume, z, mask, ink))];

        Assert.InRange(differences.Max(), 0.01, 0.042); // below the noise of a voxel
        Assert.InRange(differences.Count(difference => difference > 0.005), 4, 16);
        Assert.All(differences[..18], difference => Assert.InRange(difference, -0.004, 0.004));
    }

    [Fact]
    public void XRay_AwayFromTheSheet_IsDark()
    {
        VoxelBuffer volume = Whole.Value;

        double far = Mean(volume, 2);
        double middle = Mean(volume, 38);
        Assert.InRange(far, 0.05, 0.1);
        Assert.InRange(middle, 0.2, 0.5);
    }

    [Fact]
    public void Settings_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FragmentPhantom { Shape = new Shape3(15, 64, 64) });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { InkContrast = 0.6 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { Noise = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { LineHeight = 8 });
        using VoxelBuffer two = VoxelBuffer.Rent(new Shape3(2, 8, 8), VoxelType.UInt8);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Small.FillPicture(FragmentPicture.Ink, new Box3((0, 0, 0), two.Shape), two));
        Assert.Throws<ArgumentException>(() => Small.Fill(new Box3((0, 0, 0), two.Shape), two));
    }

    private static byte[] Picture(FragmentPicture picture, int y, int x, int height, int width)
    {
        using VoxelBuffer pixels = VoxelBuffer.Rent(new Shape3(1, height, width), VoxelType.UInt8);
        Small.FillPicture(picture, new Box3((0, y, x), pixels.Shape), pixels);
        return pixels.Bytes.ToArray();
    }

    /// <summary>Mean grey of the inked papyrus minus that of the bare one, as a part of full scale.</summary>
    private static double Difference(VoxelBuffer volume, int z, byte[] mask, byte[] ink)
    {
        Span<ushort> layer = volume.Plane<ushort>(z);
        (double inked, int inkedCount, double bare, int bareCount) = (0, 0, 0, 0);
        for (int i = 0; i < mask.Length; i++)
        {
            if (ink[i] != 0)
            {
                inked += layer[i];
                inkedCount++;
            }
            else if (mask[i] != 0)
            {
                bare += layer[i];
                bareCount++;
            }
        }

        return ((inked / inkedCount) - (bare / bareCount)) / 65535;
    }

    private static double Mean(VoxelBuffer volume, int z) =>
        volume.Plane<ushort>(z).ToArray().Average(value => (double)value) / 65535;
}
