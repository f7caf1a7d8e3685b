using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Segmentation.Tests.Stitching;

public sealed class SliceStitcherTests
{
    [Fact]
    public void Stitch_ConstantTiles_GivesTheConstantBitForBit()
    {
        Random random = new(1);
        for (int i = 0; i < 100; i++)
        {
            float constant = random.NextSingle();
            double overlap = random.NextDouble() * 0.9;
            (int height, int width) = (random.Next(1, 150), random.Next(1, 150));
            TileGrid rows = new(height, side: 37, overlap);
            TileGrid columns = new(width, side: 37, overlap);

            double[] slice = Stitch(rows, columns, (0, height), (0, width), (_, _, tile) => tile.Fill(constant));

            Assert.All(slice, value => Assert.Equal(BitConverter.DoubleToInt64Bits(constant), BitConverter.DoubleToInt64Bits(value)));
        }
    }

    [Fact]
    public void Stitch_OverlappingTiles_GivesTheWeightedMean()
    {
        TileGrid rows = new(extent: 4, side: 4, overlap: 0);
        TileGrid columns = new(extent: 6, side: 4, overlap: 0.5); // tiles at 0 and 2
        double[] profile = [.. TileWindow.Gaussian(4).Profile];

        double[] slice = Stitch(rows, columns, (0, 4), (0, 6), (_, column, tile) => tile.Fill(column == 0 ? 0.2f : 0.8f));

        double expected = ((profile[2] * 0.2f) + (profile[0] * 0.8f)) / (profile[2] + profile[0]);
        Assert.Equal(0.2f, slice[1]);
        Assert.Equal(expected, slice[2], 12);
        Assert.Equal(0.8f, slice[4]);
    }

    [Fact]
    public void Stitch_PartOfASlice_EqualsTheSameVoxelsOfTheWhole()
    {
        TileGrid rows = new(extent: 97, side: 32, overlap: 0.3);
        TileGrid columns = new(extent: 131, side: 32, overlap: 0.6);
        static void Noise(int row, int column, Span<float> tile)
        {
            Random random = new((row * 1000) + column);
            foreach (ref float value in tile)
            {
                value = random.NextSingle();
            }
        }

        double[] whole = Stitch(rows, columns, (0, 97), (0, 131), Noise);
        double[] part = Stitch(rows, columns, (13, 71), (40, 99), Noise);

        for (int y = 13; y < 71; y++)
        {
            Assert.Equal(whole[((y * 131) + 40)..((y * 131) + 99)], part[((y - 13) * 59)..((y - 12) * 59)]);
        }
    }

    [Fact]
    public void Finish_TileMissing_IsABugThatIsReported()
    {
        TileGrid grid = new(extent: 40, side: 16, overlap: 0);
        SliceStitcher stitcher = new(grid, grid, TileWindow.Gaussian(16), (0, 40), (0, 40));
        stitcher.Add(0, 0, new float[256], (_, _) => { });

        Assert.Throws<InvalidOperationException>(() => stitcher.Finish((_, _) => { }));
    }

    private delegate void TileAction(int row, int column, Span<float> tile);

    private static double[] Stitch(
        TileGrid rows, TileGrid columns, (int Start, int End) y, (int Start, int End) x, TileAction fill)
    {
        SliceStitcher stitcher = new(rows, columns, TileWindow.Gaussian(rows.Side), y, x);
        int width = x.End - x.Start;
        double[] slice = new double[(y.End - y.Start) * width];
        void Keep(int row, ReadOnlySpan<double> values) => values.CopyTo(slice.AsSpan((row - y.Start) * width));

        float[] tile = new float[rows.Side * rows.Side];
        (int firstRow, int rowCount) = rows.Covering(y.Start, y.End);
        (int firstColumn, int columnCount) = columns.Covering(x.Start, x.End);
        for (int row = firstRow; row < firstRow + rowCount; row++)
        {
            for (int column = firstColumn; column < firstColumn + columnCount; column++)
            {
                fill(row, column, tile);
                stitcher.Add(row, column, tile, Keep);
            }
        }

        stitcher.Finish(Keep);
        return slice;
    }
}
