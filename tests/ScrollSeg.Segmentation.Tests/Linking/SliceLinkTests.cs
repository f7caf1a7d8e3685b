using CsCheck;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Linking;

public sealed class SliceLinkTests
{
    [Fact]
    public void Link_ASheetThatFallsIntoPiecesAndComesTogetherAgain_IsOne()
    {
        int[][] slices = [[1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 2, 2], [1, 1, 0, 0, 2, 2], [5, 5, 5, 5, 5, 5]];

        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1], Link(slices, maxGap: 0));
    }

    [Fact]
    public void Link_SheetsThatTouchAndShift_StayApart()
    {
        int[][] slices = [[1, 1, 1, 2, 2, 2], [9, 9, 9, 9, 4, 4], [2, 2, 2, 1, 1, 1]];

        Assert.Equal([1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 2, 2, 1, 1, 1, 2, 2, 2], Link(slices, maxGap: 1));
    }

    [Fact]
    public void Link_ASegmentThatWasCutInOneSlice_IsPutTogether()
    {
        int[][] slices = [[1, 1, 1, 1, 1, 1], [1, 1, 1, 2, 2, 2], [1, 1, 1, 1, 1, 1]];

        Assert.All(Link(slices, maxGap: 0), number => Assert.Equal(1u, number));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void Link_AcrossEmptySlices_ReachesAsFarAsTheGap(int maxGap, int objects)
    {
        int[][] slices = [[3, 3, 3], [0, 0, 0], [0, 0, 0], [7, 7, 7]];

        Assert.Equal((uint)objects, Link(slices, maxGap).Max());
    }

    /// <summary>Whatever the numbers in the slices and however the volume is cut: the same objects, numbered by first voxels.</summary>
    [Fact]
    public async Task Stage_OverAnyUnitsAndNumbers_GivesTheSame() => await Gen.Select(
        Gen.Select(Gen.Int[1, 7], Gen.Int[1, 9], Gen.Int[1, 11]),
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3]),
        Gen.Int[0, 3],
        Gen.Int[0, 1000]).SampleAsync(
            async sample =>
            {
                ((int z, int y, int x), (int cutZ, int cutY, int cutX), int gap, int seed) = sample;
                Shape3 shape = new(z, y, x);
                uint[] numbers = Blobs(shape, new Random(seed));
                uint[] expected = Link(shape, numbers, gap);
                uint[] renamed = Rename(numbers, shape, new Random(seed + 1));
                Shape3 chunk = shape.CeilingDivide(new Shape3(cutZ, cutY, cutX));
                using SliceLinkFixture link = new(shape, renamed, chunk, gap);

                Assert.Equal(expected, await link.RunAsync());
            },
            seed: "0N0XIzNsQ0O2",
            iter: 30,
            threads: 1);

    [Fact]
    public void Stage_OverFloats_IsRefused()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 1, 1), VoxelType.Float32);
        MemoryVolume volume = new(voxels, new Shape3(1, 1, 1));

        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => new SliceLinkStage(
            volume, 1, new Shape3(1, 1, 1), "nowhere", new(ScrollSeg.Volumes.Storage.FileOperations.System)) { Store = "nowhere" });

        Assert.Contains("float32", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Objects of 3D blobs in slices, some of them cut, with numbers of their own in each slice.</summary>
    private static uint[] Blobs(Shape3 shape, Random random)
    {
        uint[] numbers = new uint[shape.VoxelCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            (int z, int y, int x) = (i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X);
            int sheet = ((2 * x) + y + z) / 5;
            numbers[i] = random.Next(6) == 0 ? 0u : (uint)(1 + sheet + (random.Next(30) == 0 ? 7 : 0));
        }

        return Rename(numbers, shape, random);
    }

    internal static uint[] Rename(uint[] numbers, Shape3 shape, Random random)
    {
        uint[] renamed = new uint[numbers.Length];
        int plane = (int)shape.PlaneCount;
        for (int z = 0; z < shape.Z; z++)
        {
            uint[] ids = [.. numbers.Skip(z * plane).Take(plane).Where(id => id != 0).Distinct()];
            uint[] names = [.. Enumerable.Range(1, ids.Length).Select(name => (uint)name * 3)];
            random.Shuffle(names);
            Dictionary<uint, uint> nameOf = ids.Zip(names).ToDictionary(pair => pair.First, pair => pair.Second);
            for (int i = z * plane; i < (z + 1) * plane; i++)
            {
                renamed[i] = numbers[i] == 0 ? 0 : nameOf[numbers[i]];
            }
        }

        return renamed;
    }

    private static uint[] Link(int[][] slices, int maxGap) => Link(
        new Shape3(slices.Length, 1, slices[0].Length), [.. slices.SelectMany(slice => slice).Select(value => (uint)value)], maxGap);

    internal static uint[] Link(Shape3 shape, uint[] numbers, int maxGap)
    {
        Box3 all = new((0, 0, 0), shape);
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt32);
        numbers.CopyTo(voxels.Voxels<uint>());
        SliceCounter counter = new(shape, maxGap + 1);
        counter.Count(all, all, voxels);
        SliceGraph graph = new();
        graph.Add(counter.Segments, counter.Meetings);
        IReadOnlyDictionary<(int, uint), uint> linked = graph.Link().Numbers;
        int plane = (int)shape.PlaneCount;
        return [.. numbers.Select((id, i) => id == 0 ? 0 : linked[(i / plane, id)])];
    }
}
