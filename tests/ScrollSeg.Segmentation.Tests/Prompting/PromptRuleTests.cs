using ScrollSeg.Segmentation.Prompting;

namespace ScrollSeg.Segmentation.Tests.Prompting;

public sealed class PromptRuleTests
{
    [Theory]
    [InlineData("grid", "grid:16,keep=bright,iou=0.88,stability=0.95,min-area=16,max-area=0.9")]
    [InlineData("grid:8,keep=dark,level=90.5", "grid:8,keep=dark,level=90.5,iou=0.88,stability=0.95,min-area=16,max-area=0.9")]
    [InlineData("grid,keep=all,iou=0,min-area=4,max-area=1", "grid:16,keep=all,iou=0,stability=0.95,min-area=4,max-area=1")]
    [InlineData("propagate:a.json", "propagate:a.json,by=mask,limit=32,stop=0,change=2")]
    [InlineData("propagate:a,b=c/d.zarr,by=box,limit=7", "propagate:a,b=c/d.zarr,by=box,limit=7,stop=0,change=2")]
    [InlineData("propagate:m.zarr/2,by=points,stop=0.5,change=1.5", "propagate:m.zarr/2,by=points,limit=32,stop=0.5,change=1.5")]
    [InlineData("masks:a,by=x", "masks:a,by=x")]
    public void Parse_WhatItPrints_IsTheSame(string text, string printed)
    {
        PromptRule rule = PromptRule.Parse(text)!;

        Assert.Equal(printed, rule.ToString());
        Assert.Equal(rule, PromptRule.Parse(printed));
    }

    [Theory]
    [InlineData("grid:0", "1 to 128")]
    [InlineData("grid:x", "1 to 128")]
    [InlineData("grid:8,keep=bright,keep=dark", "twice")]
    [InlineData("grid:8,size=3", "known are keep=..")]
    [InlineData("grid:8,level=300", "from 0 to 255")]
    [InlineData("grid:8,keep=all,level=3", "by no level")]
    [InlineData("grid:8,keep=white", "bright, dark, all")]
    [InlineData("propagate:", "propagate:FILE|VOLUME")]
    [InlineData("propagate", "propagate:FILE|VOLUME")]
    [InlineData("propagate:a.json,limit=0", "whole number from 1")]
    [InlineData("propagate:a.json,change=0.5", "from 1 to")]
    [InlineData("propagate:a.json,by=boxes", "mask, box, points")]
    [InlineData("propagate:a.json,stop=2", "from 0 to 1")]
    [InlineData("propagate:a.json,reach=2", "known are by=..")]
    [InlineData("grids:7", "expected none")]
    public void Parse_Nonsense_SaysWhatWasExpected(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidRequestException>(() => PromptRule.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("none", "none")]
    [InlineData("grid:8", "grid:8")]
    [InlineData("masks:a.zarr", "masks:/data/a.zarr")]
    [InlineData("masks:https://example.org/a.zarr", "masks:https://example.org/a.zarr")]
    [InlineData("propagate:s.csv,limit=4", "propagate:/data/s.csv,by=mask,limit=4,stop=0,change=2")]
    [InlineData("nonsense", "nonsense")]
    public void Resolve_GivesPathsInFull(string text, string expected) => Assert.Equal(expected, PromptRule.Resolve(text, "/data"));

    [Theory]
    [InlineData(GridSide.Bright, 130, true)]
    [InlineData(GridSide.Bright, 120, false)]
    [InlineData(GridSide.Dark, 130, false)]
    [InlineData(GridSide.Dark, 120, true)]
    [InlineData(GridSide.All, 0, true)]
    public void Keeps_GoesByTheMeanGrey(GridSide keep, double grey, bool expected)
    {
        GridRule rule = new() { Keep = keep, LeastArea = 10, MostArea = 0.5 };

        Assert.Equal(expected, rule.Keeps(100, 1000, grey, 125));
        Assert.False(rule.Keeps(9, 1000, grey, 125));
        Assert.False(rule.Keeps(501, 1000, grey, 125));
    }
}
