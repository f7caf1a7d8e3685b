namespace ScrollSeg.Volumes.Tests;

public sealed class Box3Tests
{
    [Fact]
    public void Intersect_OfBoxesThatDoNotMeet_IsEmpty()
    {
        Box3 a = new((0, 0, 0), new Shape3(2, 2, 2));
        Box3 b = new((5, 1, 1), new Shape3(2, 2, 2));

        Assert.True(a.Intersect(b).IsEmpty);
    }

    [Fact]
    public void Touching_RegionAcrossChunks_ListsThemInStorageOrder()
    {
        ChunkGrid grid = new(new Shape3(5, 5, 5), new Shape3(2, 3, 5));

        Assert.Equal(
            [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)],
            grid.Touching(new Box3((1, 2, 0), new Shape3(2, 2, 1))));
    }

    [Fact]
    public void BoxOf_LastChunk_EndsWithTheVolume()
    {
        ChunkGrid grid = new(new Shape3(5, 5, 5), new Shape3(2, 3, 5));

        Assert.Equal(new Box3((4, 3, 0), new Shape3(1, 2, 5)), grid.BoxOf((2, 1, 0)));
    }
}
