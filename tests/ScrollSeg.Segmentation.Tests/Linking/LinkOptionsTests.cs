using ScrollSeg.Segmentation.Linking;

namespace ScrollSeg.Segmentation.Tests.Linking;

public sealed class LinkOptionsTests
{
    [Theory]
    [InlineData("components:26", "components:26")]
    [InlineData("components", "components:26")]
    [InlineData("min-size:100,components:6,holes,hysteresis:0.3", "hysteresis:0.3,holes,components:6,min-size:100")]
    [InlineData("holes:5000", "holes:5000")]
    [InlineData("holes,min-size:20", "holes,min-size:20")]
    [InlineData("slices", "slices:3")]
    [InlineData("components,closing:2,holes", "closing:2,holes,components:26")]
    public void Parse_WhatIsUnderstood_IsWrittenInTheOrderOfTheSteps(string text, string written)
    {
        LinkOptions options = LinkOptions.Parse(text);

        Assert.Equal(written, options.ToString());
        Assert.Equal(options, LinkOptions.Parse(written));
    }

    [Theory]
    [InlineData("component:26", "'component:26' is no step")]
    [InlineData("components:18", "'components:18' is no step")]
    [InlineData("holes:-1", "'holes:-1' is no step")]
    [InlineData("holes:0", "holes have at least one voxel")]
    [InlineData("min-size:0", "min-size is at least 1")]
    [InlineData("hysteresis:1.5", "hysteresis lies above 0")]
    [InlineData("holes,holes:3", "'holes' is named twice")]
    [InlineData("", "'' is no step")]
    [InlineData("closing:0", "'closing:0' is no step")]
    [InlineData("closing:9", "a radius of 1 to 8 voxels")]
    [InlineData("closing:1,hysteresis:0.2", "does not go with 'hysteresis'")]
    [InlineData("slices:2,holes", "goes with no other step")]
    [InlineData("slices:65", "slices lie between 0 and 64 apart")]
    public void Parse_Anything_ElseIsRefused(string text, string problem)
    {
        FormatException refused = Assert.Throws<FormatException>(() => LinkOptions.Parse(text));

        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }
}
