using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Segmentation.Tests.Runs;

public sealed class SliceSetTests
{
    [Theory]
    [InlineData(4, 3, 1, 5, 2)] // 0 4 8: two gaps of three filled; 9 and 10 behind the last
    [InlineData(4, 2, 0, 8, 2)]
    public void CountGaps_SplitsWhatWasNotAskedAbout(int stride, int maxGap, int filledGaps, int unused, int behind)
    {
        SliceSet set = SliceSet.Of(11, Enumerable.Range(0, 3).Select(i => i * stride));

        (long filled, long empty) = set.CountGaps(maxGap);

        Assert.Equal(filledGaps * 6, filled);
        Assert.Equal(8, filled + empty);
        Assert.Equal(filledGaps == 1 ? behind : unused, empty);
        Assert.Equal(filled, Enumerable.Range(0, 11).Count(slice => set.GapAround(slice, maxGap) is not null));
    }
}
