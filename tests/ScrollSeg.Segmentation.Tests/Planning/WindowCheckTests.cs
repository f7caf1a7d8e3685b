using ScrollSeg.Segmentation.Planning;

namespace ScrollSeg.Segmentation.Tests.Planning;

public sealed class WindowCheckTests
{
    private static readonly VolumeHistogram Bytes = new(0, 1, [.. Enumerable.Repeat(10L, 256)]);
    private static readonly VolumeHistogram Shares = new(0, 1.0 / 65535, [.. Enumerable.Repeat(1L, 65536)]);

    [Theory]
    [InlineData(0, 1, true)]       // nearly all white
    [InlineData(0, 65535, true)]   // nearly all black
    [InlineData(300, 400, true)]
    [InlineData(0, 255, false)]
    [InlineData(100, 150, false)]
    [InlineData(-1000, 1000, false)]
    public void Of_ScanOfBytes_NotesWindowsThatShowNothing(double low, double high, bool noted) =>
        Assert.Equal(noted ? WindowCheck.Guard : null, WindowCheck.Of(new IntensityRange(low, high), Bytes)?.Guard);

    [Theory]
    [InlineData(0, 255, true)]
    [InlineData(0, 1, false)]
    public void Of_ScanOfShares_NotesAWindowOfBytes(double low, double high, bool noted) =>
        Assert.Equal(noted, WindowCheck.Of(new IntensityRange(low, high), Shares) is not null);

    [Fact]
    public void Of_NothingMeasuredOrOneValue_IsSilent()
    {
        Assert.Null(WindowCheck.Of(new IntensityRange(0, 1), new VolumeHistogram(0, 1, new long[256])));
        Assert.Null(WindowCheck.Of(new IntensityRange(0, 1), new VolumeHistogram(0, 1, [0, 0, 0, 9])));
    }
}
