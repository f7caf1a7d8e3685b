using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Slicing;

public sealed class SliceFrameTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Axis.Z, 1, 2, 3)]
    [InlineData(Axis.Y, 2, 1, 3)]
    [InlineData(Axis.X, 3, 1, 2)]
    public void Turn_CountsSlicesRowsAndColumns(Axis axis, int slices, int rows, int columns)
    {
        SliceFrame frame = new(axis);

        Assert.Equal(new Shape3(slices, rows, columns), frame.Turn(new Shape3(1, 2, 3)));
        Assert.Equal(new Shape3(1, 2, 3), frame.Back(frame.Turn(new Shape3(1, 2, 3))));
        Assert.Equal((7, 8, 9), frame.Back(frame.Turn((7, 8, 9))));
        Assert.Equal(new Box3((4, 5, 6), new Shape3(1, 2, 3)), frame.Back(frame.Turn(new Box3((4, 5, 6), new Shape3(1, 2, 3)))));
    }

    [Theory]
    [InlineData(Axis.Y)]
    [InlineData(Axis.X)]
    public async Task TurnedVolume_Read_FindsEachVoxelInItsPlaceAndEachChunkOnce(Axis axis)
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(9, 50, 71), new Shape3(4, 16, 32), (z, y, x) => (ushort)((z * 5000) + (y * 90) + x));
        SliceFrame frame = new(axis);
        VolumeReader turned = TurnedVolume.Over(volume, frame);
        Box3 region = new((2, 1, 3), new Shape3(40, 7, 30));
        using VoxelBuffer voxels = VoxelBuffer.Rent(region.Shape, VoxelType.UInt16);

        await turned.ReadAsync(region, voxels, Token);

        for (int z = 0; z < region.Shape.Z; z++)
        {
            for (int y = 0; y < region.Shape.Y; y++)
            {
                for (int x = 0; x < region.Shape.X; x++)
                {
                    (int vz, int vy, int vx) = frame.Back((z + 2, y + 1, x + 3));
                    Assert.Equal((vz * 5000) + (vy * 90) + vx, voxels.Plane<ushort>(z)[(y * region.Shape.X) + x]);
                }
            }
        }

        Assert.All(volume.Fetches.Values, count => Assert.Equal(1, count));
        Assert.Equal(frame.Turn(new Shape3(9, 50, 71)), turned.Info.Shape);
    }

    [Theory]
    [InlineData(VoxelType.UInt8)]
    [InlineData(VoxelType.Float32)]
    [InlineData(VoxelType.Float64)]
    public void Copy_ThereAndBack_IsTheBlock(VoxelType type)
    {
        foreach (SliceFrame frame in Enum.GetValues<Axis>().Select(axis => new SliceFrame(axis)))
        {
            using VoxelBuffer block = VoxelBuffer.Rent(new Shape3(5, 40, 37), type);
            using VoxelBuffer turned = VoxelBuffer.Rent(new Shape3(60, 60, 60), type);
            using VoxelBuffer again = VoxelBuffer.Rent(block.Shape, type);
            new Random(5).NextBytes(block.Bytes);

            frame.CopyTurned(block, turned, (3, 2, 1));
            frame.CopyBack(turned, (3, 2, 1), again);

            Assert.True(block.Bytes.SequenceEqual(again.Bytes));
        }
    }

    [Fact]
    public async Task TurnedVolume_AbsentChunks_AreTurned()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(8, 8, 8), VoxelType.UInt16);
        voxels.Clear();
        await using MemoryVolume volume = new(voxels, new Shape3(4, 4, 8), [(1, 0, 0)]);
        using VoxelBuffer all = VoxelBuffer.Rent(new Shape3(8, 8, 8), VoxelType.UInt16);

        IReadOnlyList<Box3> absent = await TurnedVolume.Over(volume, new SliceFrame(Axis.X)).ReadAsync(new Box3((0, 0, 0), all.Shape), all, Token);

        Assert.Equal(new Box3((0, 4, 0), new Shape3(8, 4, 4)), Assert.Single(absent));
    }
}
