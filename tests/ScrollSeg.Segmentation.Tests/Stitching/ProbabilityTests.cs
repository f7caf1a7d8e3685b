using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Segmentation.Tests.Stitching;

public sealed class ProbabilityTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.6, 153)]
    [InlineData(0.5, 128)]
    [InlineData(1, 255)]
    [InlineData(0.0019, 0)]
    [InlineData(0.002, 1)]
    public void ToByte_RoundsHalfUp(double probability, byte expected)
    {
        Assert.Equal(expected, Probability.ToByte(probability));
    }

    [Theory]
    [InlineData(0.5, 128)]
    [InlineData(0.6, 153)]
    [InlineData(1, 255)]
    [InlineData(0.001, 1)]
    public void FirstForegroundLevel_IsTheSmallestThatReachesTheThreshold(double threshold, int expected)
    {
        Assert.Equal(expected, Probability.FirstForegroundLevel(threshold));
    }
}
