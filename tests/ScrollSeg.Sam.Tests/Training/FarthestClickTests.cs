using ScrollSeg.Sam.Training;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class FarthestClickTests
{
    [Fact]
    public void Of_NoMaskYet_IsTheMiddleOfTheObject()
    {
        TargetObject square = new(Block(9, 2, 2, 5), 9);

        Assert.Equal(new Click(4, 4, 1), FarthestClick.Of(square, [], new byte[81]));
    }

    /// <summary>An object at the border ends there: its farthest pixel is not on the border.</summary>
    [Fact]
    public void Of_ObjectThatFillsTheImage_IsItsMiddle()
    {
        TargetObject all = new([.. Enumerable.Repeat((byte)1, 25)], 5);

        Assert.Equal(new Click(2, 2, 1), FarthestClick.Of(all, [], new byte[25]));
    }

    [Fact]
    public void Of_MaskThatIsTooLarge_IsBackground()
    {
        TargetObject small = new(Block(9, 0, 0, 3), 9);
        byte[] mask = Block(9, 0, 0, 9);

        Click? click = FarthestClick.Of(small, mask, new byte[81]);

        Assert.Equal(0, click!.Value.Label);
    }

    [Fact]
    public void Of_PerfectMask_IsNoClick()
    {
        TargetObject square = new(Block(9, 2, 2, 5), 9);

        Assert.Null(FarthestClick.Of(square, square.Mask, new byte[81]));
    }

    [Fact]
    public void Of_ErrorWhereNobodyKnows_IsNoClick()
    {
        TargetObject square = new(Block(9, 2, 2, 5), 9);
        byte[] labels = [.. Block(9, 2, 2, 5).Select(v => v == 1 ? TrainingExample.Ignored : (byte)0)];

        Assert.Null(FarthestClick.Of(square, [], labels));
    }

    [Fact]
    public void Squared_RandomRegions_IsTheSmallestOfAllDistances()
    {
        Random random = new(8);
        for (int trial = 0; trial < 20; trial++)
        {
            const int Side = 9;
            byte[] region = new byte[Side * Side];
            for (int i = 0; i < region.Length; i++)
            {
                region[i] = random.Next(5) > 0 ? (byte)1 : (byte)0;
            }

            int[] distance = DistanceTransform.Squared(region, Side);

            Assert.Equal([.. Enumerable.Range(0, region.Length).Select(i => Nearest(region, Side, i))], distance);
        }
    }

    private static int Nearest(byte[] region, int side, int pixel)
    {
        int nearest = int.MaxValue;
        for (int y = -1; y <= side; y++)
        {
            for (int x = -1; x <= side; x++)
            {
                bool outside = y < 0 || x < 0 || y == side || x == side || region[(y * side) + x] == 0;
                (int dy, int dx) = (y - (pixel / side), x - (pixel % side));
                nearest = outside ? Math.Min(nearest, (dy * dy) + (dx * dx)) : nearest;
            }
        }

        return nearest;
    }

    private static byte[] Block(int side, int x0, int y0, int size)
    {
        byte[] mask = new byte[side * side];
        for (int y = y0; y < y0 + size; y++)
        {
            for (int x = x0; x < x0 + size; x++)
            {
                mask[(y * side) + x] = 1;
            }
        }

        return mask;
    }
}
