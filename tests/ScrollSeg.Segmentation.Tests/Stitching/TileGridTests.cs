using CsCheck;
using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Segmentation.Tests.Stitching;

public sealed class TileGridTests
{
    [Fact]
    public void StartOf_LastTile_EndsWithTheSlice()
    {
        TileGrid grid = new(extent: 100, side: 32, overlap: 0.25);

        Assert.Equal([0, 24, 48, 68], Enumerable.Range(0, grid.Count).Select(grid.StartOf));
    }

    [Fact]
    public void StartOf_SliceNarrowerThanATile_IsOneTileAtZero()
    {
        TileGrid grid = new(extent: 20, side: 32, overlap: 0.5);

        Assert.Equal(1, grid.Count);
        Assert.Equal(0, grid.StartOf(0));
        Assert.Equal((0, 20), grid.ReadRange(3, 7));
    }

    [Fact]
    public void Covering_AnyRange_ListsExactlyTheTilesThatTouchIt()
    {
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 80], Gen.Double[0, 0.9], Gen.Int[0, 299], Gen.Int[1, 100]).Sample(
            (extent, side, overlap, start, length) =>
            {
                TileGrid grid = new(extent, side, overlap);
                start = Math.Min(start, extent - 1);
                int end = Math.Min(extent, start + length);
                (int first, int count) = grid.Covering(start, end);
                int[] expected = [.. Enumerable.Range(0, grid.Count).Where(t => grid.StartOf(t) < end && grid.StartOf(t) + side > start)];

                Assert.Equal(expected, Enumerable.Range(first, count));
            },
            seed: "0N0XIzNsQ0O2", iter: 500);
    }

    [Fact]
    public void Tiles_OfAnyGrid_LeaveNoVoxelOut()
    {
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 80], Gen.Double[0, 0.9]).Sample(
            (extent, side, overlap) =>
            {
                TileGrid grid = new(extent, side, overlap);
                int reached = 0;
                for (int tile = 0; tile < grid.Count; tile++)
                {
                    Assert.InRange(grid.StartOf(tile), 0, reached);
                    reached = grid.StartOf(tile) + side;
                }

                Assert.True(reached >= extent);
            },
            seed: "0N0XIzNsQ0O2", iter: 500);
    }

    [Theory]
    [InlineData(0, 32, 0.25)]
    [InlineData(10, 0, 0.25)]
    [InlineData(10, 32, 1)]
    [InlineData(10, 32, -0.1)]
    [InlineData(10, 32, double.NaN)]
    public void Constructor_ImpossibleValue_IsRefused(int extent, int side, double overlap)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TileGrid(extent, side, overlap));
    }
}
