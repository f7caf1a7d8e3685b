using ScrollSeg.Volumes.Phantoms;

namespace ScrollSeg.Volumes.Tests.Phantoms;

public sealed class ScrollPhantomTests
{
    private static readonly ScrollPhantom Small = new() { Shape = new Shape3(40, 150, 290), Seed = 3 };

    [Fact]
    public void Fill_OfAnyBoxInAnyOrder_GivesThatPartOfTheWhole()
    {
        using VoxelBuffer whole = VoxelBuffer.Rent(Small.Shape, VoxelType.UInt16);
        using VoxelBuffer wholeLabels = VoxelBuffer.Rent(Small.Shape, VoxelType.UInt8);
        Small.Fill(Small.Bounds, whole, wholeLabels);
        Random random = new(7);
        for (int i = 0; i < 25; i++)
        {
            Box3 box = AnyBox(random, Small.Shape);
            using VoxelBuffer part = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
            using VoxelBuffer labels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8);
            Small.Fill(box, part, labels);
            for (int z = 0; z < box.Shape.Z; z++)
            {
                for (int y = 0; y < box.Shape.Y; y++)
                {
                    int x = box.Start.X;
                    ReadOnlySpan<byte> grey = whole.Row(box.Start.Z + z, box.Start.Y + y).Slice(2 * x, 2 * box.Shape.X);
                    ReadOnlySpan<byte> label = wholeLabels.Row(box.Start.Z + z, box.Start.Y + y).Slice(x, box.Shape.X);
                    Assert.True(grey.SequenceEqual(part.Row(z, y)), $"grey of {box}, row {z}, {y}");
                    Assert.True(label.SequenceEqual(labels.Row(z, y)), $"labels of {box}, row {z}, {y}");
                }
            }
        }
    }

    [Fact]
    public void Fill_OnManyThreads_GivesTheSame()
    {
        ulong[] sums = new ulong[8];
        Parallel.For(0, sums.Length, i =>
        {
            using VoxelBuffer part = VoxelBuffer.Rent(new Shape3(8, 64, 64), VoxelType.UInt16);
            Small.Fill(new Box3((11, 30, 90), part.Shape), part);
            sums[i] = Hash(part);
        });

        Assert.All(sums, sum => Assert.Equal(sums[0], sum));
    }

    [Fact]
    public void Fill_OfSeedOne_HasNotChanged()
    {
        ScrollPhantom phantom = new() { Shape = new Shape3(32, 96, 96) };
        using VoxelBuffer grey = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt16);
        using VoxelBuffer labels = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt8);
        phantom.Fill(phantom.Bounds, grey, labels);

        // the difficulty table and every figure measured on phantoms hold for these voxels
        Assert.Equal((16932270041128673065UL, 2477869650316875052UL), (Hash(grey), Hash(labels)));
    }

    [Fact]
    public void Fill_OfAnotherSeed_GivesAnotherScroll()
    {
        using VoxelBuffer a = VoxelBuffer.Rent(new Shape3(4, 128, 128), VoxelType.UInt8);
        using VoxelBuffer b = VoxelBuffer.Rent(a.Shape, VoxelType.UInt8);
        using VoxelBuffer grey = VoxelBuffer.Rent(a.Shape, VoxelType.UInt16);
        ScrollPhantom phantom = new() { Shape = a.Shape };
        phantom.Fill(phantom.Bounds, grey, a);
        (phantom with { Seed = 2 }).Fill(phantom.Bounds, grey, b);

        int different = a.Bytes.ToArray().Zip(b.Bytes.ToArray()).Count(pair => pair.First != pair.Second);
        Assert.True(different > a.Shape.VoxelCount / 8, $"{different} of {a.Shape.VoxelCount} labels differ");
    }

    [Fact]
    public void Fill_OutsideTheScroll_IsZeroWithoutLabels_AndInsideNever()
    {
        using VoxelBuffer grey = VoxelBuffer.Rent(Small.Shape, VoxelType.UInt16);
        using VoxelBuffer labels = VoxelBuffer.Rent(Small.Shape, VoxelType.UInt8);
        Small.Fill(Small.Bounds, grey, labels);
        Span<ushort> voxels = grey.Voxels<ushort>();
        Span<byte> sheet = labels.Bytes;
        long outside = 0;
        long labelledOutside = 0;
        for (int i = 0; i < voxels.Length; i++)
        {
            Assert.True(sheet[i] <= 1);
            outside += voxels[i] == 0 ? 1 : 0;
            labelledOutside += voxels[i] == 0 && sheet[i] != 0 ? 1 : 0;
        }

        Assert.Equal(0, labelledOutside);
        Assert.InRange((double)outside / voxels.Length, 0.2, 0.75);
        Assert.Equal(0, HolesOf(grey, 20));
        Assert.Equal(0, grey.Plane<ushort>(20)[0]);
        Assert.Equal(0, grey.Plane<ushort>(39)[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Labels_AlongRaysFromTheCentre_AreThreeToEightVoxelsThick(int seed)
    {
        // without dents the rays cross the windings nearly at right angles
        ScrollPhantom phantom = new() { Shape = new Shape3(1, 512, 512), Seed = seed, Deformation = 0 };
        using VoxelBuffer grey = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt16);
        using VoxelBuffer labels = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt8);
        phantom.Fill(phantom.Bounds, grey, labels);

        double[] runs = [.. RadialRuns(labels).Order()];

        Assert.InRange(runs.Length, 1000, 100000);
        Assert.InRange(runs[runs.Length / 20], 3, 4.2);
        Assert.InRange(runs[runs.Length / 2], 4.5, 6.8);
        Assert.InRange(runs[(int)(0.85 * runs.Length)], 6, 8.2);
        Assert.InRange(runs.Count(run => run > 9) / (double)runs.Length, 0.005, 0.13); // windings that touch
    }

    [Fact]
    public void Fill_OfASmallCube_StillHoldsASheet()
    {
        ScrollPhantom phantom = new() { Shape = new Shape3(32, 32, 32) };
        using VoxelBuffer grey = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt16);
        using VoxelBuffer labels = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt8);
        phantom.Fill(phantom.Bounds, grey, labels);

        Assert.InRange(labels.Bytes.ToArray().Count(label => label == 1), 200, 16000);
    }

    [Fact]
    public void Fill_OfABoxFarOutInAHugeScroll_HoldsSheets()
    {
        ScrollPhantom phantom = new() { Shape = new Shape3(75784, 32693, 32693) };
        Box3 box = new((70000, 16000, 26000), new Shape3(2, 96, 96));
        using VoxelBuffer grey = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
        using VoxelBuffer labels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8);
        phantom.Fill(box, grey, labels);

        Assert.InRange(labels.Bytes.ToArray().Average(label => (double)label), 0.15, 0.6);
    }

    [Fact]
    public void Fill_OutsideTheVolume_IsRefusedWithBothExtents()
    {
        using VoxelBuffer grey = VoxelBuffer.Rent(new Shape3(2, 2, 2), VoxelType.UInt16);

        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(
            () => Small.Fill(new Box3((39, 0, 0), grey.Shape), grey));
        Assert.Contains("the phantom is [40, 150, 290]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fill_IntoABufferOfAnotherType_IsRefused()
    {
        using VoxelBuffer bytes = VoxelBuffer.Rent(new Shape3(2, 2, 2), VoxelType.UInt8);
        using VoxelBuffer grey = VoxelBuffer.Rent(new Shape3(2, 2, 2), VoxelType.UInt16);
        Box3 box = new((0, 0, 0), grey.Shape);

        Assert.Throws<ArgumentException>(() => Small.Fill(box, bytes));
        Assert.Throws<ArgumentException>(() => Small.Fill(box, grey, grey));
    }

    [Fact]
    public void Settings_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScrollPhantom { Shape = new Shape3(1, 31, 64) });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { Pitch = 11 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { Deformation = 0.2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { Contrast = double.NaN });
    }

    [Fact]
    public async Task Volume_ReadInParts_IsThePhantom()
    {
        await using PhantomVolume volume = new(Small);
        Box3 box = new((5, 40, 100), new Shape3(6, 30, 50));
        using VoxelBuffer read = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
        using VoxelBuffer made = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
        await volume.ReadAsync(box, read, TestContext.Current.CancellationToken);
        Small.Fill(box, made);

        Assert.Equal(Hash(made), Hash(read));
        Assert.Equal(Small.Shape, volume.Info.Shape);
        await using PhantomVolume other = new(Small with { Seed = 4 });
        Assert.NotEqual(
            await volume.FingerprintAsync(withTimes: true, TestContext.Current.CancellationToken),
            await other.FingerprintAsync(withTimes: true, TestContext.Current.CancellationToken));
    }

    private static ulong Hash(VoxelBuffer buffer)
    {
        ulong hash = 14695981039346656037; // FNV-1a
        foreach (byte value in buffer.Bytes)
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }

    private static Box3 AnyBox(Random random, Shape3 shape)
    {
        (int z, int dz) = AnyRange(random, shape.Z);
        (int y, int dy) = AnyRange(random, shape.Y);
        (int x, int dx) = AnyRange(random, shape.X);
        return new Box3((z, y, x), new Shape3(dz, dy, dx));
    }

    private static (int Start, int Length) AnyRange(Random random, int extent)
    {
        int start = random.Next(extent);
        return (start, 1 + random.Next(Math.Min(64, extent - start)));
    }

    /// <summary>Zeros between the first and the last voxel of a row that are not zero.</summary>
    private static int HolesOf(VoxelBuffer grey, int z)
    {
        int holes = 0;
        for (int y = 10; y < grey.Shape.Y - 10; y++)
        {
            Span<ushort> row = grey.Plane<ushort>(z).Slice(y * grey.Shape.X, grey.Shape.X);
            int first = row.IndexOfAnyExcept((ushort)0);
            int last = row.LastIndexOfAnyExcept((ushort)0);
            int middle = last - first > 40 ? row[(first + 20)..(last - 20)].Count((ushort)0) : 0;
            holes += middle;
        }

        return holes;
    }

    /// <summary>Lengths in voxels of the labelled stretches along 720 rays from the middle.</summary>
    private static IEnumerable<double> RadialRuns(VoxelBuffer labels)
    {
        const double Step = 0.1;
        double centre = (labels.Shape.Y - 1) / 2.0;
        for (int ray = 0; ray < 720; ray++)
        {
            (double sin, double cos) = Math.SinCos(ray * Math.PI / 360);
            int length = 0;
            for (double r = 40; r < centre; r += Step)
            {
                int y = (int)Math.Round(centre + (r * sin));
                int x = (int)Math.Round(centre + (r * cos));
                if (labels.Bytes[(y * labels.Shape.X) + x] == 1)
                {
                    length++;
                }
                else if (length > 0)
                {
                    yield return length * Step;
                    length = 0;
                }
            }
        }
    }
}
