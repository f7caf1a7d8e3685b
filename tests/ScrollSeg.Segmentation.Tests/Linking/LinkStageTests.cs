using CsCheck;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Linking;

public sealed class LinkStageTests
{
    private const string Seed = "0N0XIzNsQ0O2";
    private const int Trials = 25;

    /// <summary>Values 0 to 9, in threads and blobs at some shares of foreground, in volumes whose rows are longer and shorter than
    /// a word of bits.</summary>
    private static readonly Gen<(Shape3 Shape, int[] Values)> Volumes =
        from z in Gen.Int[1, 9]
        from y in Gen.Int[1, 14]
        from x in Gen.OneOf(Gen.Int[1, 20], Gen.Int[60, 70], Gen.Int[126, 130])
        from share in Gen.Int[1, 9]
        from values in Gen.Int[0, 9].Array[z * y * x]
        select (new Shape3(z, y, x), values.Select(value => value < share ? Math.Min(9, value + 1) : 0).ToArray());

    /// <summary>Units along each axis, and chunks in a unit.</summary>
    private static readonly Gen<((int Z, int Y, int X) Units, (int Z, int Y, int X) Chunks)> Cuts = Gen.Select(
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3]), Gen.Select(Gen.Int[1, 2], Gen.Int[1, 2], Gen.Int[1, 2]));

    [Theory]
    [InlineData(Connectivity.Six)]
    [InlineData(Connectivity.TwentySix)]
    public async Task Components_OfAnyVolumeInAnyUnits_AreThoseOfAFloodFill(Connectivity connectivity) =>
        await Gen.Select(Volumes, Cuts).SampleAsync(
            async sample =>
            {
                ((Shape3 shape, int[] values), ((int, int, int), (int, int, int)) cut) = sample;
                (Shape3 chunk, Shape3 unit) = Cut(shape, cut);
                using LinkFixture link = Fixture(shape, values, chunk, unit, new LinkOptions { Instances = true, Connectivity = connectivity });

                Assert.Empty(await link.RunAsync());

                uint[] expected = FloodFill.Label(Above(values, 1), shape, (int)connectivity);
                Assert.Equal(expected, await link.ReadInstancesAsync());
                Assert.Equal(expected.Max(), link.Stage().ReadCounts()[0].Counts.Taken);
            },
            seed: Seed,
            iter: Trials,
            threads: 1);

    [Theory]
    [InlineData(Connectivity.Six)]
    [InlineData(Connectivity.TwentySix)]
    public async Task AllSteps_OfAnyVolumeInAnyUnits_AreThoseOverTheWholeArray(Connectivity connectivity) =>
        await Gen.Select(Volumes, Cuts, Gen.Int[1, 12], Gen.Int[1, 9]).SampleAsync(
            async sample =>
            {
                ((Shape3 shape, int[] values), ((int, int, int), (int, int, int)) cut, int least, int hole) = sample;
                (Shape3 chunk, Shape3 unit) = Cut(shape, cut);
                LinkOptions options = new()
                {
                    Hysteresis = 0.1,
                    FillsHoles = true,
                    LargestHole = hole == 9 ? long.MaxValue : hole,
                    Instances = true,
                    MinSize = least,
                    Connectivity = connectivity,
                };
                using LinkFixture link = Fixture(shape, values, chunk, unit, options);

                Assert.Empty(await link.RunAsync());

                int neighbours = (int)connectivity;
                bool[] kept = FloodFill.Hysteresis(Above(values, 1), Above(values, 5), shape, neighbours);
                bool[] filled = FloodFill.FillHoles(kept, shape, neighbours, options.LargestHole);
                uint[] expected = FloodFill.LabelLarge(filled, shape, neighbours, least);
                Assert.Equal(expected, await link.ReadInstancesAsync());
                Assert.Equal(expected.Select(label => label != 0), await link.ReadMaskAsync());
            },
            seed: Seed,
            iter: Trials,
            threads: 1);

    [Fact]
    public async Task Closing_OfAnyVolumeInAnyUnits_IsThatOfTheWholeArray() =>
        await Gen.Select(Volumes, Cuts, Gen.Int[1, 4]).SampleAsync(
            async sample =>
            {
                ((Shape3 shape, int[] values), ((int, int, int), (int, int, int)) cut, int radius) = sample;
                int[] sparse = [.. values.Select((value, i) => i % 5 == 0 ? value : 0)];
                (Shape3 chunk, Shape3 unit) = Cut(shape, cut);
                using LinkFixture link = Fixture(shape, sparse, chunk, unit, new LinkOptions { Closing = radius, Instances = true });

                Assert.Empty(await link.RunAsync());

                bool[] mask = Above(sparse, 1);
                bool[] grown = FloodFill.Dilate(mask, shape, radius);
                bool[] closed = [.. FloodFill.Dilate([.. grown.Select(value => !value)], shape, radius).Select(value => !value)];
                Assert.Equal(closed, await link.ReadMaskAsync());
                Assert.Equal(FloodFill.Label(closed, shape, 26), await link.ReadInstancesAsync());
                Assert.True(mask.Zip(closed).All(pair => !pair.First || pair.Second));
            },
            seed: Seed,
            iter: Trials,
            threads: 1);

    [Fact]
    public async Task Holes_Alone_FillTheMaskAndNumberNothing()
    {
        Shape3 shape = new(5, 5, 5);
        bool[] shell = [.. Enumerable.Range(0, 125).Select(i => Math.Max(Math.Abs((i / 25) - 2), Math.Max(Math.Abs((i / 5 % 5) - 2), Math.Abs((i % 5) - 2))) == 1)];
        using LinkFixture link = Fixture(
            shape, [.. shell.Select(value => value ? 7 : 0)], new Shape3(2, 2, 2), new Shape3(4, 2, 2), new LinkOptions { FillsHoles = true });

        Assert.Empty(await link.RunAsync());

        bool[] mask = await link.ReadMaskAsync();
        Assert.Equal(27, mask.Count(value => value));
        Assert.True(mask[62]);
    }

    [Fact]
    public async Task Holes_OfAFlatImage_AreThoseOfTheImage()
    {
        int[] ringAndBay =
        [
            0, 0, 0, 0, 0, 0,
            0, 1, 1, 1, 1, 1,
            0, 1, 0, 1, 0, 0,
            0, 1, 1, 1, 1, 1,
        ];
        Shape3 shape = new(1, 4, 6);
        using LinkFixture link = Fixture(shape, ringAndBay, shape, shape, new LinkOptions { FillsHoles = true });

        Assert.Empty(await link.RunAsync());

        bool[] mask = await link.ReadMaskAsync();
        Assert.True(mask[14]);
        Assert.Equal(13, mask.Count(value => value));
    }

    [Fact]
    public async Task Shards_InAnyOrder_GiveWhatOneProcessGives()
    {
        (Shape3 shape, int[] values) = Noise();
        using LinkFixture whole = Fixture(shape, values, new Shape3(4, 8, 16), new Shape3(4, 8, 16), LinkOptions.Parse("holes,components:6,min-size:3"));
        using LinkFixture shared = Fixture(shape, values, new Shape3(4, 8, 16), new Shape3(4, 8, 16), whole.Options);
        await whole.RunAsync();

        int attempts = 0;
        IReadOnlyList<string> missing = ["?"];
        for (; missing.Count > 0 && attempts < 20; attempts++)
        {
            missing = await shared.RunAsync(new Shard(2 - (attempts % 3), 3));
        }

        Assert.Equal(await whole.ReadInstancesAsync(), await shared.ReadInstancesAsync());
        Assert.True(attempts > 3, $"{attempts} turns of three shards did all of three passes");
    }

    [Fact]
    public async Task Run_OfAStageThatIsDone_ReadsNothing()
    {
        (Shape3 shape, int[] values) = Noise();
        using LinkFixture link = Fixture(shape, values, new Shape3(4, 8, 16), new Shape3(8, 8, 16), LinkOptions.Default);
        await link.RunAsync();
        int fetches = link.Volume.Fetches.Values.Sum();

        Assert.Empty(await link.RunAsync());

        Assert.Equal(fetches, link.Volume.Fetches.Values.Sum());
        Assert.All(link.Volume.Fetches.Values, times => Assert.Equal(2, times)); // to label, and to write
    }

    [Fact]
    public async Task Run_ThatIsDrained_BeginsNoUnit_AndTheNextGoesOn()
    {
        (Shape3 shape, int[] values) = Noise();
        using LinkFixture link = Fixture(shape, values, new Shape3(4, 8, 16), new Shape3(4, 8, 16), LinkOptions.Default);
        link.Drain = new CancellationToken(canceled: true);

        Assert.NotEmpty(await link.RunAsync());
        Assert.Empty(link.Volume.Fetches);

        link.Drain = CancellationToken.None;
        Assert.Empty(await link.RunAsync());
        Assert.Equal(FloodFill.Label(Above(values, 1), shape, 26), await link.ReadInstancesAsync());
    }

    [Theory]
    [InlineData("faces", 40, "array")]
    [InlineData("faces", 10, "is no file of a link stage")]
    [InlineData("values", 18, "ends behind the file")]
    public async Task State_ThatIsCutOff_IsReportedByName(string kind, int length, string problem)
    {
        (Shape3 shape, int[] values) = Noise();
        using LinkFixture link = Fixture(shape, values, new Shape3(12, 20, 40), new Shape3(12, 20, 40), LinkOptions.Default);
        await link.RunAsync();
        string file = Directory.GetFiles(Path.Combine(link.State, "components", kind), "*.bin", SearchOption.AllDirectories)[0];
        using (FileStream stream = File.OpenWrite(file))
        {
            stream.SetLength(kind == "values" ? length + 2 : length);
        }

        if (kind == "faces")
        {
            Box3 unit = new((0, 0, 0), shape);
            using NativeList<ObjectFacts> facts = new("objects");
            VolumeFormatException damaged = Assert.Throws<VolumeFormatException>(() => UnitFaces.ReadFacts(file, unit, facts));
            Assert.Contains(problem, damaged.Message, StringComparison.Ordinal);
        }
        else
        {
            VolumeFormatException damaged = Assert.Throws<VolumeFormatException>(() => PackedFile.Open(file, 1));
            Assert.Contains(problem, damaged.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Objects_AreListedWithSizeAndBox()
    {
        int[] values = new int[3 * 4 * 5];
        values[0] = 1;                            // (0, 0, 0)
        values[(1 * 20) + (2 * 5) + 3] = 1;
        values[(2 * 20) + (2 * 5) + 3] = 1;
        using LinkFixture link = Fixture(new Shape3(3, 4, 5), values, new Shape3(2, 2, 2), new Shape3(2, 2, 2), LinkOptions.Default);

        await link.RunAsync();

        Assert.Equal(
            ["id,voxels,first_z,first_y,first_x,last_z,last_y,last_x", "1,1,0,0,0,0,0,0", "2,2,1,2,3,2,2,3"],
            await File.ReadAllLinesAsync(Path.Combine(link.State, "objects", "from-0000000001.csv"), LinkFixture.Token));
    }

    [Fact]
    public void Stage_OverVoxelsWithASign_IsRefused()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 1, 1), VoxelType.Int16);
        MemoryVolume volume = new(voxels, new Shape3(1, 1, 1));

        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => new LinkStage(
            new LinkInput(volume, 1, 1), LinkOptions.Default, new Shape3(1, 1, 1), "nowhere", new(ScrollSeg.Volumes.Storage.FileOperations.System)) { Store = "nowhere" });

        Assert.Contains("int16", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnitFor_LittleMemory_IsAChunk()
    {
        Shape3 chunk = new(128, 128, 128);

        Assert.Equal(new Shape3(256, 256, 256), LinkStage.UnitFor(new Shape3(1000, 1000, 1000), chunk, 1, 1L << 30));
        Assert.Equal(new Shape3(128, 256, 256), LinkStage.UnitFor(new Shape3(100, 1000, 1000), chunk, 1, 1L << 30));
        Assert.Equal(chunk, LinkStage.UnitFor(new Shape3(1000, 1000, 1000), chunk, 1, 50L << 20));
    }

    private static (Shape3 Chunk, Shape3 Unit) Cut(
        Shape3 shape, ((int Z, int Y, int X) Units, (int Z, int Y, int X) Chunks) cut)
    {
        Shape3 chunk = shape.CeilingDivide(new Shape3(cut.Units.Z * cut.Chunks.Z, cut.Units.Y * cut.Chunks.Y, cut.Units.X * cut.Chunks.X));
        return (chunk, new Shape3(chunk.Z * cut.Chunks.Z, chunk.Y * cut.Chunks.Y, chunk.X * cut.Chunks.X));
    }

    private static bool[] Above(int[] values, int least) => [.. values.Select(value => value >= least)];

    private static (Shape3 Shape, int[] Values) Noise()
    {
        Random random = new(5);
        Shape3 shape = new(12, 20, 40);
        return (shape, [.. Enumerable.Range(0, (int)shape.VoxelCount).Select(_ => random.Next(4) == 0 ? 1 : 0)]);
    }

    private static LinkFixture Fixture(Shape3 shape, int[] values, Shape3 chunk, Shape3 unit, LinkOptions options) => new()
    {
        Volume = MemoryVolume.Of(shape, new Shape3(4, 8, 16), (z, y, x) => (ushort)values[(((z * shape.Y) + y) * shape.X) + x]),
        Options = options,
        Chunk = chunk,
        Unit = unit,
        High = 5,
    };
}
