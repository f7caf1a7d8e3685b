using CsCheck;
using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Segmentation.Tests.Stitching;

public sealed class BorderDistanceTests
{
    [Fact]
    public void Measure_AnyMask_EqualsTheNearestVoxelOfTheOtherSide()
    {
        Gen.Select(Gen.Int[1, 45], Gen.Int[1, 50], Gen.Int[0, 1000], Gen.Double[0, 1]).Sample(
            (height, width, seed, share) =>
            {
                Random random = new(seed);
                byte[] levels = [.. Enumerable.Range(0, height * width).Select(_ => (byte)(random.NextDouble() * share < 0.01 ? 200 : 90))];
                short[] squares = new short[levels.Length];

                BorderDistance.Measure(levels, width, 128, squares);

                Assert.Equal(Nearest(levels, width, 128), squares);
            },
            seed: "0N0XIzNsQ0O2", iter: 40, threads: 1);
    }

    [Fact]
    public void Measure_PartWithTheReachAround_SaysTheSameAsTheWhole()
    {
        const int Side = 150;
        Random random = new(4);
        byte[] levels = [.. Enumerable.Range(0, Side * Side).Select(_ => (byte)(random.Next(700) == 0 ? 1 : 0))];
        short[] whole = new short[levels.Length];
        BorderDistance.Measure(levels, Side, 1, whole);
        (int from, int to) = (60, 70);
        int width = to - from + (2 * BorderDistance.Reach);
        byte[] part = [.. Enumerable.Range(from - BorderDistance.Reach, width).SelectMany(y => levels.Skip((y * Side) + from - BorderDistance.Reach).Take(width))];
        short[] squares = new short[part.Length];

        BorderDistance.Measure(part, width, 1, squares);

        for (int y = from; y < to; y++)
        {
            for (int x = from; x < to; x++)
            {
                Assert.Equal(whole[(y * Side) + x], squares[((y - from + BorderDistance.Reach) * width) + x - from + BorderDistance.Reach]);
            }
        }
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(-1, -0.5)]
    [InlineData(25, 4.5)]
    [InlineData(1024, 31.5)]
    public void ToBorder_IsHalfAVoxelLess(short square, double expected) => Assert.Equal(expected, BorderDistance.ToBorder(square));

    /// <summary>Every voxel against every other one.</summary>
    internal static short[] Nearest(byte[] levels, int width, int first)
    {
        const int Most = BorderDistance.Reach * BorderDistance.Reach;
        int[] inside = [.. Enumerable.Range(0, levels.Length).Where(i => levels[i] >= first)];
        int[] outside = [.. Enumerable.Range(0, levels.Length).Where(i => levels[i] < first)];
        return [.. Enumerable.Range(0, levels.Length).Select(i =>
        {
            bool isInside = levels[i] >= first;
            int best = Most;
            foreach (int other in isInside ? outside : inside)
            {
                (int dy, int dx) = ((i / width) - (other / width), (i % width) - (other % width));
                best = Math.Min(best, (dy * dy) + (dx * dx));
            }

            return (short)(isInside ? best : -best);
        })];
    }
}
