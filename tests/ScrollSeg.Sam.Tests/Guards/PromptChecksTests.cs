using ScrollSeg.Sam.Guards;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Tests.Guards;

public sealed class PromptChecksTests
{
    private const int Height = 180;
    private const int Width = 300;

    [Theory]
    [InlineData(0.5, 0.25, GuardName.FractionCoordinates)]
    [InlineData(1, 0.25, GuardName.FractionCoordinates)]
    [InlineData(0, 0, null)]
    [InlineData(1, 1, null)]
    [InlineData(1.5, 0.25, null)]
    [InlineData(299.9, 179.9, null)]
    [InlineData(300, 5, GuardName.OutsideImage)]
    [InlineData(5, 180, GuardName.OutsideImage)]
    [InlineData(-0.1, 5, GuardName.OutsideImage)]
    [InlineData(double.NaN, 5, GuardName.OutsideImage)]
    public void Fault_Click_IsWhatItIs(double x, double y, string? guard) =>
        Assert.Equal(guard, PromptChecks.Fault(Click(x, y), Height, Width)?.Guard);

    [Theory]
    [InlineData(0.1, 0.1, 0.9, 0.8, GuardName.FractionCoordinates)]
    [InlineData(0, 0, 1, 1, GuardName.FractionCoordinates)]
    [InlineData(0, 0, 2, 2, null)]
    [InlineData(-5, -5, 20, 20, null)]
    [InlineData(300, 0, 310, 20, GuardName.OutsideImage)]
    [InlineData(-10, 0, 0, 20, GuardName.OutsideImage)]
    public void Fault_Box_IsWhatItIs(double x0, double y0, double x1, double y1, string? guard) =>
        Assert.Equal(guard, PromptChecks.Fault(new PromptSet { Box = new BoxPrompt(x0, y0, x1, y1) }, Height, Width)?.Guard);

    [Fact]
    public void Fault_TinyImage_HasNoDoubtfulCoordinates() => Assert.Null(PromptChecks.Fault(Click(0.5, 0.5), 2, 2));

    [Fact]
    public void Fault_Message_SaysSeenExpectedAndCause()
    {
        string message = Assert.Throws<InvalidRequestException>(
            () => Finding.Refuse(PromptChecks.Fault(Click(300, 5), Height, Width))).Message;

        Assert.Equal(
            "The click 300,5 lies outside the image of 300 x 180 pixels (x, y). Expected: x from 0 to 299 and y from 0 to 179. Usual cause: "
            + "x and y swapped, or coordinates of the network's view or of the image before it was resized [outside-image].",
            message);
    }

    [Fact]
    public void Notes_BoxPartlyOutside_IsSaid()
    {
        PromptSet inside = new() { Box = new BoxPrompt(0, 0, Width, Height) };
        PromptSet beyond = new() { Box = new BoxPrompt(0, 0, Width + 1, Height) };

        Assert.Empty(PromptChecks.Notes(inside, Height, Width));
        Assert.Equal([GuardName.BoxPartlyOutside], PromptChecks.Notes(beyond, Height, Width).Select(note => note.Guard));
    }

    [Fact]
    public void Notes_OnlyBackgroundClicks_IsSaid()
    {
        PromptSet background = new() { Points = [new PointPrompt(5, 5, IsForeground: false)] };

        Assert.Equal([GuardName.OnlyBackground], PromptChecks.Notes(background, Height, Width).Select(note => note.Guard));
        Assert.Empty(PromptChecks.Notes(background with { Box = new BoxPrompt(1, 1, 9, 9) }, Height, Width));
        Assert.Empty(PromptChecks.Notes(Click(5, 5), Height, Width));
    }

    [Theory]
    [InlineData(new float[] { 0, 1, 1, 0 }, GuardName.MaskBytes)]
    [InlineData(new float[] { 0, 255, 255, 0 }, GuardName.MaskBytes)]
    [InlineData(new float[] { 0, 17, 255, 0 }, GuardName.MaskBytes)]
    [InlineData(new float[] { 0, 0, 0, 0 }, null)]
    [InlineData(new float[] { -8, 8, 8, -8 }, null)]
    [InlineData(new float[] { 0.25f, 1, 7.5f, 0 }, null)]
    [InlineData(new[] { 0, float.NaN, 1, 0 }, GuardName.MaskNotFinite)]
    [InlineData(new[] { 0, float.NegativeInfinity, 1, 0 }, GuardName.MaskNotFinite)]
    public void Fault_MaskPrompt_IsWhatItIs(float[] logits, string? guard)
    {
        Assert.Equal(guard, MaskPromptChecks.Fault(logits)?.Guard);
        Assert.Equal(guard, PromptChecks.Fault(new PromptSet { MaskLogits = logits }, Height, Width)?.Guard);
    }

    [Theory]
    [InlineData(new[] { 0.1f, 0.9f, 1, 0 }, GuardName.MaskProbabilities)]
    [InlineData(new[] { 0.1f, 1.1f, 1, 0 }, null)]
    [InlineData(new[] { 0.1f, -0.1f, 1, 0 }, null)]
    [InlineData(new float[] { 0, 0, 0, 0 }, null)]
    public void Note_MaskPrompt_IsWhatItIs(float[] logits, string? guard) =>
        Assert.Equal(guard, PromptChecks.Notes(new PromptSet { MaskLogits = logits }, Height, Width).SingleOrDefault()?.Guard);

    private static PromptSet Click(double x, double y) => new() { Points = [new PointPrompt(x, y, IsForeground: true)] };
}
