using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Segmentation.Tests.Stitching;

public sealed class GroupSpreadTests
{
    [Theory]
    [InlineData(new[] { 0.0, 1.0 }, 255)]
    [InlineData(new[] { 0.3, 0.3, 0.3 }, 0)]
    [InlineData(new[] { 0.0, 0.0, 1.0 }, 240)] // sqrt(2)/3 * 510 = 240.4
    [InlineData(new[] { 0.5 }, 0)]
    public void LevelAt_IsTwiceTheStandardDeviation(double[] probabilities, byte expected)
    {
        GroupSpread spread = new(2, 3);
        for (int group = 0; group < probabilities.Length; group++)
        {
            spread.Add(group, 1, [0.9, probabilities[group], 0.1]);
        }

        Assert.Equal([0, expected, 0], Enumerable.Range(0, 3).Select(x => (int)spread.LevelAt(probabilities.Length, 1, x)));
    }

    [Fact]
    public void FromByte_AndBack_IsTheLevel() =>
        Assert.All(Enumerable.Range(0, 256), level => Assert.Equal(level, GroupSpread.ToByte(GroupSpread.FromByte((byte)level))));
}
