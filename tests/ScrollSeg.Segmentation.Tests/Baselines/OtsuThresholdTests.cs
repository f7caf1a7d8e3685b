using ScrollSeg.Segmentation.Baselines;

namespace ScrollSeg.Segmentation.Tests.Baselines;

public sealed class OtsuThresholdTests
{
    [Fact]
    public void Of_TwoPeaks_LiesInTheMiddleOfTheGap()
    {
        long[] counts = new long[256];
        counts[50] = 100;
        counts[60] = 100;
        counts[200] = 150;

        Assert.Equal(130, OtsuThreshold.Of(new VolumeHistogram(0, 1, counts)));
    }

    /// <summary>skimage.filters.threshold_otsu (0.19) gives 3, 5 and 1 for these counts: the last bin of the dark class.
    /// Where empty bins follow it, every cut among them is as good, and ours is the middle one.</summary>
    [Theory]
    [InlineData(new long[] { 5, 9, 4, 1, 0, 0, 2, 8, 9, 3 }, 4.5)]
    [InlineData(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 5.5)]
    [InlineData(new long[] { 90, 3, 0, 0, 1, 4, 0, 0, 0, 2 }, 2.5)]
    public void Of_SmallHistogram_SeparatesWhereTheReferenceDoes(long[] counts, double expected)
    {
        Assert.Equal(expected, OtsuThreshold.Of(new VolumeHistogram(0, 1, counts)));
    }

    [Fact]
    public void Of_EmptyHistogram_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => OtsuThreshold.Of(new VolumeHistogram(0, 1, new long[256])));
    }
}
