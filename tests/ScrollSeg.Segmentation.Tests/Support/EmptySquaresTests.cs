using ScrollSeg.Segmentation.Support;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Support;

public sealed class EmptySquaresTests
{
    private const int Side = 4;

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 0.8)]
    [InlineData(3, 0.9)]
    [InlineData(4, 0.97)]
    [InlineData(5, 1)]
    public void Mark_RandomSlice_EqualsTheDefinition(int seed, double zeros)
    {
        Random random = new(seed);
        Shape3 volume = new(1, 23, 31);
        byte[] voxels = [.. Enumerable.Range(0, 23 * 31).Select(_ => random.NextDouble() < zeros ? (byte)0 : (byte)9)];
        bool[] marks = new bool[voxels.Length];

        EmptySquares.Mark(new SlicePlane(voxels, VoxelType.UInt8, new Box3((0, 0, 0), volume), []), volume, Side, marks);

        Assert.Equal(ByDefinition(voxels, 23, 31), marks);
    }

    [Fact]
    public void Mark_PartOfASlice_EqualsTheWholeWithinItsReach()
    {
        Random random = new(7);
        Shape3 volume = new(1, 40, 40);
        byte[] voxels = [.. Enumerable.Range(0, 1600).Select(_ => random.NextDouble() < 0.93 ? (byte)0 : (byte)9)];
        bool[] whole = new bool[1600];
        EmptySquares.Mark(new SlicePlane(voxels, VoxelType.UInt8, new Box3((0, 0, 0), volume), []), volume, Side, whole);

        Box3 box = new((0, 8, 0), new Shape3(1, 24, 29));
        byte[] partVoxels = [.. Enumerable.Range(0, 24).SelectMany(y => voxels[((y + 8) * 40)..(((y + 8) * 40) + 29)])];
        bool[] part = new bool[partVoxels.Length];
        EmptySquares.Mark(new SlicePlane(partVoxels, VoxelType.UInt8, box, []), volume, Side, part);

        int reach = Side - 1;
        for (int y = reach; y < 24 - reach; y++)
        {
            Assert.Equal(whole[((y + 8) * 40)..(((y + 8) * 40) + 29 - reach)], part[(y * 29)..((y * 29) + 29 - reach)]);
        }
    }

    [Fact]
    public void Mark_OddZeroInsideAnObject_IsSupport()
    {
        Shape3 volume = new(1, 64, 64);
        byte[] voxels = new byte[64 * 64];
        Array.Fill(voxels, (byte)100);
        voxels[(30 * 64) + 30] = 0;
        voxels[(30 * 64) + 31] = 0;
        bool[] marks = new bool[voxels.Length];

        bool any = new AutomaticGate(zeroIsEmpty: true, volume).Exclude(
            new SlicePlane(voxels, VoxelType.UInt8, new Box3((0, 0, 0), volume), []), marks);

        Assert.False(any);
        Assert.DoesNotContain(true, marks);
    }

    [Fact]
    public void Exclude_FloatVolume_TakesOutNaNAndNotZero()
    {
        Shape3 volume = new(1, 1, 3);
        float[] values = [0, float.NaN, 2];
        bool[] marks = new bool[3];

        new AutomaticGate(zeroIsEmpty: false, volume).Exclude(
            new SlicePlane(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values), VoxelType.Float32, new Box3((0, 0, 0), volume), []),
            marks);

        Assert.Equal([false, true, false], marks);
    }

    [Fact]
    public void Exclude_AbsentChunk_IsNoSupportWhateverItsFillValue()
    {
        Shape3 volume = new(1, 2, 3);
        byte[] voxels = [7, 7, 7, 7, 7, 7];
        bool[] marks = new bool[6];

        new AutomaticGate(zeroIsEmpty: false, volume).Exclude(
            new SlicePlane(voxels, VoxelType.UInt8, new Box3((0, 0, 0), volume), [new Box3((0, 0, 2), new Shape3(1, 2, 1))]), marks);

        Assert.Equal([false, false, true, false, false, true], marks);
    }

    [Fact]
    public void ValueGate_TakesOutItsValueOnly()
    {
        Shape3 volume = new(1, 1, 4);
        bool[] marks = new bool[4];

        new ValueGate(3).Exclude(new SlicePlane([0, 3, 4, 3], VoxelType.UInt8, new Box3((0, 0, 0), volume), []), marks);

        Assert.Equal([false, true, false, true], marks);
    }

    /// <summary>A voxel is marked if some square of the given side that holds it is empty; outside is empty.</summary>
    private static bool[] ByDefinition(byte[] voxels, int height, int width)
    {
        bool Zero(int y, int x) => y < 0 || x < 0 || y >= height || x >= width || voxels[(y * width) + x] == 0;
        bool[] marks = new bool[voxels.Length];
        for (int top = 1 - Side; top < height; top++)
        {
            for (int left = 1 - Side; left < width; left++)
            {
                (int y, int x)[] square = [.. Enumerable.Range(0, Side * Side).Select(i => (top + (i / Side), left + (i % Side)))];
                if (square.All(p => Zero(p.y, p.x)))
                {
                    foreach ((int y, int x) in square.Where(p => p.y >= 0 && p.x >= 0 && p.y < height && p.x < width))
                    {
                        marks[(y * width) + x] = true;
                    }
                }
            }
        }

        return marks;
    }
}
