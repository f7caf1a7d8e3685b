using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Tests;

public sealed class SamModelSourceTests
{
    [Theory]
    [InlineData("otsu")]
    [InlineData("threshold:3")]
    [InlineData("run.yaml")]
    public void Open_NameOfAnotherSource_IsNotTaken(string model)
    {
        Assert.Null(new SamModelSource().OpenSliceSegmenter(model, new ModelSettings()));
        Assert.Null(SamModelSource.OpenPromptable(model, new ModelSettings()));
    }

    [Theory]
    [InlineData("sam_tiny.pth")]
    [InlineData("sam_tiny_legacy.pth")]
    [InlineData("sam_tiny.safetensors")]
    public void Open_Checkpoint_SaysWhatItIs(string name)
    {
        using ISliceSegmenter? segmenter = new SamModelSource().OpenSliceSegmenter(Golden.Find(name), new ModelSettings { Device = "cpu" });

        Assert.NotNull(segmenter);
        Assert.Equal(256, segmenter.ViewSide);
        Assert.Equal(3, segmenter.MaxChannels);
        Assert.Equal(ScoreKind.Logit, segmenter.Scores);
        Assert.Matches("^sam:(f32|bf16):sha256:[0-9a-f]{64}$", segmenter.Identity);
        Assert.True(segmenter.WorkingBytes(2, 256) > segmenter.WorkingBytes(1, 256));
    }

    [Theory]
    [InlineData("cpu", "f64", "'f64' is not known")]
    [InlineData("gpu", "auto", "'gpu' is not known")]
    [InlineData("cuda:x", "auto", "'cuda:x' is not known")]
    [InlineData("cuda:4711", "auto", "'cuda:4711' is not here")]
    public void Open_SettingThatIsNotOffered_IsRefusedByName(string device, string precision, string problem)
    {
        InvalidRequestException e = Assert.Throws<InvalidRequestException>(() => new SamModelSource().OpenSliceSegmenter(
            Golden.Find("sam_tiny.pth"), new ModelSettings { Device = device, Precision = precision }));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingFile_SaysSo() => Assert.Throws<FileNotFoundException>(
        () => new SamModelSource().OpenSliceSegmenter("not-there.pth", new ModelSettings { Device = "cpu" }));
}
