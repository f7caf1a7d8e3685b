using System.Text.Json.Nodes;
using ScrollSeg.Sam.Training;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class ConfidentLabelsTests
{
    private const byte Unsure = TrainingExample.Ignored;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Label_KeepsWhatIsSure_OnBothSidesAlike()
    {
        byte[] levels = [255, 230, 229, 128, 26, 25, 0];

        (long foreground, long background, bool isStable) = ConfidentLabels.Label(levels, [], new ConfidenceSettings { Confidence = 0.9 });

        Assert.Equal([1, 1, Unsure, Unsure, Unsure, 0, 0], levels);
        Assert.Equal((2L, 2L, true), (foreground, background, isStable));
    }

    [Fact]
    public void Label_WhereGroupsDisagree_NobodyKnows()
    {
        byte[] levels = [255, 255, 0, 0];

        ConfidentLabels.Label(levels, [0, 52, 51, 60], new ConfidenceSettings { Spread = 0.1 }); // 51 is a deviation of 0.1

        Assert.Equal([1, Unsure, 0, Unsure], levels);
    }

    [Fact]
    public void Label_UnstableTile_IsLeftOutWhole()
    {
        byte[] levels = [255, 186, 69, 69, 0, 0]; // at logits 1 and -1: 2 of 4

        (_, _, bool isStable) = ConfidentLabels.Label(levels, [], new ConfidenceSettings { Stability = 0.51 });

        Assert.False(isStable);
        Assert.All(levels, level => Assert.Equal(Unsure, level));
        Assert.True(ConfidentLabels.Label(new byte[4], [], new ConfidenceSettings { Stability = 1 }).IsStable); // nothing there, and sure of it
        byte[] half = [255, 186, 69, 69, 0, 0];
        Assert.True(ConfidentLabels.Label(half, [], new ConfidenceSettings { Stability = 0.5 }).IsStable);
    }

    [Fact]
    public async Task Write_IsAVolumeThatTrainingReads_AndSaysWhatItsValuesMean()
    {
        using TemporaryFolder folder = new();
        byte[] levels = [.. Enumerable.Range(0, 300 * 20).Select(i => (i % 3) switch { 0 => (byte)250, 1 => (byte)5, _ => (byte)60 })];
        await using VolumeReader probability = new PictureVolume(new PixelImage(20, 300, 1, VoxelType.UInt8, levels), "probability.png");

        ConfidentCounts counts = await ConfidentLabels.WriteAsync(
            probability, null, new ConfidenceSettings(), folder["auto.zarr"], new JsonObject { ["model"] = "test" }, Token);

        Assert.Equal(new ConfidentCounts(2000, 2000, 6000, 1, 1, 0, 2), counts);
        Assert.False(Directory.Exists(folder["auto.zarr.partial"]));
        Assert.Contains("not sure", File.ReadAllText(Path.Combine(folder["auto.zarr"], ".zattrs")), StringComparison.Ordinal);
        await using VolumeReader labels = await VolumeFormats.OpenAsync(folder["auto.zarr"], new ReaderOptions(), Token);
        LabelledSource source = await LabelledSource.OpenAsync(
            probability, labels, null, new LabelledOptions { Ignore = Unsure, Foreground = 1, InOrder = true, Range = new(0, 255) }, Token);
        TrainingExample example = await source.ExampleAsync(0, 8, Token);
        Assert.Equal([1, 0, Unsure, 1, 0, Unsure, 1, 0], example.Labels.Take(8));
    }

    /// <summary>Labels that a person corrects meanwhile are no other training, if they say so.</summary>
    [Fact]
    public async Task Source_OfNamedLabels_SaysTheSameWhateverTheyAre()
    {
        await using VolumeReader image = new PictureVolume(new PixelImage(8, 8, 1, VoxelType.UInt8, [.. Enumerable.Range(1, 64).Select(i => (byte)i)]), "image.png");
        LabelledOptions named = new() { LabelsName = "auto labels" };

        Assert.Equal(await DescriptionAsync(2, named), await DescriptionAsync(3, named));
        Assert.NotEqual(await DescriptionAsync(2, new LabelledOptions()), await DescriptionAsync(3, new LabelledOptions()));

        async Task<string> DescriptionAsync(int every, LabelledOptions options)
        {
            byte[] samples = [.. Enumerable.Range(0, 64).Select(i => (byte)(i % every == 0 ? 1 : 0))];
            await using VolumeReader labels = new PictureVolume(new PixelImage(8, 8, 1, VoxelType.UInt8, samples), "labels.png");
            return (await LabelledSource.OpenAsync(image, labels, null, options, Token)).Description;
        }
    }

    [Fact]
    public async Task Mixed_TakesFromBothInTurn_AndIsAPhantomOnlyIfBothAre()
    {
        MixedSource mixed = new(new Squares(), new PhantomSource { Phantoms = 1 });

        Assert.Equal((await new Squares().ExampleAsync(1, 32, Token)).Grey, (await mixed.ExampleAsync(2, 32, Token)).Grey);
        Assert.StartsWith("scroll phantom", (await new PhantomSource { Phantoms = 1, InfraredShare = 0 }.ExampleAsync(1, 32, Token)).Origin, StringComparison.Ordinal);
        Assert.Equal((await new PhantomSource { Phantoms = 1 }.ExampleAsync(1, 32, Token)).Grey, (await mixed.ExampleAsync(3, 32, Token)).Grey);
        Assert.False(mixed.IsPhantom);
    }
}
