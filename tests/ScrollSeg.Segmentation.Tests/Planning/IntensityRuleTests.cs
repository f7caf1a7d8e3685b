using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Planning;

public sealed class IntensityRuleTests
{
    private static readonly VolumeStatistics Statistics = new()
    {
        Histogram = new VolumeHistogram(0, 10, [50, 1, 0, 1]), // half of it empty; 10 and 30 elsewhere
        Type = VoxelType.UInt16,
        SampledShare = 1,
        EmptyBorderShare = 1,
        Slices = new Dictionary<int, SliceFigures> { [4] = new SliceFigures { Low = 12, High = 17 }, [5] = new SliceFigures { Low = 3, High = 3 } },
    };

    [Fact]
    public void RangeFor_ZScore_IsTheMeanWithinTheSupportAndItsDeviations()
    {
        IntensityRange range = new ZScoreIntensity { Deviations = 2 }.RangeFor(Statistics);

        Assert.Equal((0.0, 40.0), (range.Low, range.High)); // 20 -+ 2 * 10
        Assert.Equal(127.5, range.Apply(20));
    }

    [Fact]
    public void RangeFor_ZScoreOfOneValue_IsNotEmpty()
    {
        VolumeStatistics flat = Statistics with { Histogram = new VolumeHistogram(0, 10, [0, 7]) };

        IntensityRange range = new ZScoreIntensity().RangeFor(flat);

        Assert.True(range.High > range.Low);
        Assert.Equal((0.0, 1.0), (new ZScoreIntensity().RangeFor(flat with { Histogram = new VolumeHistogram(0, 1, [0]) }) is var none
            ? (none.Low, none.High) : default));
    }

    [Fact]
    public void RangesOf_SlicePercentiles_AreEachSlicesOwn()
    {
        SlicePercentileIntensity rule = new() { Low = 1, High = 90 };

        IReadOnlyDictionary<int, IntensityRange>? ranges = rule.RangesOf(Statistics);

        Assert.Equal((1.0, 90.0), rule.SlicePercentiles);
        Assert.Equal(new IntensityRange(12, 17), ranges![4]);
        Assert.Equal(new IntensityRange(3, 13), ranges[5]);
        Assert.Null(new PercentileIntensity().RangesOf(Statistics));
    }

    [Theory]
    [InlineData("percentiles:0.5,99.5")]
    [InlineData("window:-3,8.25")]
    [InlineData("zscore:2.5")]
    [InlineData("slice-percentiles:1,98")]
    public void Parse_WhatARulePrinted_IsTheRule(string text) => Assert.Equal(text, IntensityText.Parse(text).ToString());

    [Theory]
    [InlineData("percentiles:9,3")]
    [InlineData("percentiles:-1,3")]
    [InlineData("slice-percentiles:1,101")]
    [InlineData("slice-percentiles")]
    [InlineData("zscore:0")]
    [InlineData("zscore:x")]
    [InlineData("window:3,3")]
    [InlineData("clahe")]
    public void Parse_NoRule_IsRefused(string text) =>
        Assert.Contains(text, Assert.Throws<InvalidRequestException>(() => IntensityText.Parse(text)).Message, StringComparison.Ordinal);
}
