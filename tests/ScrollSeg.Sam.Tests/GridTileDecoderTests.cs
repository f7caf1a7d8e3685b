using ScrollSeg.Sam.AutomaticMasks;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

/// <summary>A grid within a run finds what <c>predict --auto</c> finds in the same image.</summary>
public sealed class GridTileDecoderTests
{
    private const int Side = 32;

    private static readonly GridRule Everything = GridRule.Parse("grid:4,keep=all,iou=0,stability=0,min-area=0,max-area=1");

    [Fact]
    public void Segment_WithAGrid_IsTheAutomaticMasksThatAreKept()
    {
        byte[] pixels = Noise(1);

        GridRule rule = Everything with { PointsPerSide = 1 };
        float threshold = Scores(rule, pixels).Order().ElementAt(Side * Side / 2); // random weights have one side of any other
        SamConfig config = Tiny.Config with { MaskThreshold = threshold };

        float[] scores = Scores(rule, pixels, config: config);

        using SamPredictor predictor = new(Tiny.Network(config), "tiny", CPU);
        MaskGeneratorSettings settings = new() { PointsPerSide = 1, PredictedIoUThreshold = 0, StabilityThreshold = 0 };
        byte[] union = new byte[Side * Side];
        foreach (AutomaticMask mask in new MaskGenerator(predictor, settings).Generate(new PixelImage(Side, Side, 1, VoxelType.UInt8, pixels)))
        {
            byte[] rows = mask.Mask.ToRows();
            for (int i = 0; i < union.Length; i++)
            {
                union[i] |= rows[i];
            }
        }

        // one is enlarged after the largest was taken, the other before
        double agreement = scores.Select((score, i) => (score > threshold) == (union[i] != 0) ? 1.0 : 0).Average();
        Assert.True(agreement > 0.95, $"{agreement}");
        Assert.InRange(union.Count(pixel => pixel != 0), 100, (Side * Side) - 100);
    }

    /// <summary>Bright and dark share the masks out between them.</summary>
    [Fact]
    public void Segment_BrightAndDark_AreTheTwoPartsOfAll()
    {
        byte[] pixels = Noise(3);
        float[] all = Scores(Everything, pixels);
        float[] bright = Scores(Everything with { Keep = GridSide.Bright, Level = 127 }, pixels);
        float[] dark = Scores(Everything with { Keep = GridSide.Dark, Level = 127 }, pixels);

        for (int i = 0; i < all.Length; i++)
        {
            Assert.True(Math.Max(bright[i], dark[i]) <= all[i] + 1e-3, $"{i}");
        }

        // the network's resolution is the tile's here
        Assert.True(all.Select((score, i) => Math.Abs(score - Math.Max(bright[i], dark[i]))).Average() < 0.05);
        Assert.NotEqual(bright, dark);
    }

    [Fact]
    public void Segment_LevelsOfTheVolume_AreOtsusThreshold()
    {
        byte[] pixels = Noise(3);
        VolumeHistogram histogram = new(0, 1, [.. Enumerable.Range(0, 256).Select(i => pixels.Count(pixel => pixel == i)).Select(count => (long)count)]);
        GridRule rule = Everything with { Keep = GridSide.Bright };
        double otsu = Segmentation.Baselines.OtsuThreshold.Of(histogram);

        Assert.Equal(Scores(rule with { Level = otsu }, pixels), Scores(rule, pixels, histogram));
    }

    [Fact]
    public void Segment_ATileAmongOthers_IsAnsweredAsAlone()
    {
        (byte[] first, byte[] second) = (Noise(4), Noise(5));

        float[] together = Scores(Everything, [.. first, .. second]);

        float[] alone = [.. Scores(Everything, first), .. Scores(Everything, second)];
        Assert.True(together.Zip(alone, (a, b) => Math.Abs(a - b)).Max() < 1e-2);
    }

    [Fact]
    public void Segment_NothingForeground_SaysSoOnce()
    {
        List<string> notes = [];

        float[] scores = Scores(Everything with { MostArea = 0 }, Noise(1), note: notes.Add);

        Assert.All(scores, score => Assert.True(score < -15));
        Assert.Contains("No automatic mask is foreground: of 16 clicks in 1 tiles", Assert.Single(notes), StringComparison.Ordinal);
        Scores(Everything, Noise(1), note: notes.Add);
        Assert.Single(notes);
    }

    [Fact]
    public void Segmenter_WithAGrid_SaysWhatItAsks()
    {
        using SamSliceSegmenter segmenter = Segmenter(Everything, new ModelSettings());
        using SamSliceSegmenter plain = new(Tiny.Network(), "tiny", CPU);

        Assert.Equal(Everything.ToString(), segmenter.Prompts);
        Assert.False(segmenter.IsAskedByPlace); // poses and other axes may do with it what they like
        Assert.True(segmenter.WorkingBytes(1, Side) > plain.WorkingBytes(1, Side));
    }

    private static byte[] Noise(int seed)
    {
        byte[] pixels = new byte[Side * Side];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }

    private static SamSliceSegmenter Segmenter(GridRule rule, ModelSettings settings, SamConfig? config = null)
    {
        SamNetwork network = Tiny.Network(config);
        return new SamSliceSegmenter(network, "tiny", CPU, decoder: new GridTileDecoder(network, "tiny", CPU, rule, settings));
    }

    private static float[] Scores(GridRule rule, byte[] pixels, VolumeHistogram? histogram = null, Action<string>? note = null, SamConfig? config = null)
    {
        int count = pixels.Length / (Side * Side);
        ModelSettings settings = new() { Histogram = histogram is null ? null : new(() => histogram), Note = note ?? (_ => { }) };
        using SamSliceSegmenter segmenter = Segmenter(rule, settings, config);
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(count, Side, Side), VoxelType.UInt8);
        pixels.CopyTo(voxels.Bytes);
        float[] scores = new float[pixels.Length];
        segmenter.Segment(new TileBatch(voxels, 1, new IntensityRange(0, 255)), scores);
        return scores;
    }
}
