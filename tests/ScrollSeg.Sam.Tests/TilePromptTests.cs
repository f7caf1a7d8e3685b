using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

/// <summary>Prompts within a run are answered as the same prompts about the same image are.</summary>
public sealed class TilePromptTests
{
    private const int Side = 32;

    [Fact]
    public void Segment_WithPrompts_AnswersAsThePredictorDoes()
    {
        PromptSet click = new() { Points = [new PointPrompt(20, 9, true), new PointPrompt(3, 3, false)] };
        PromptSet box = new() { Box = new BoxPrompt(4, 5, 21, 30) };
        byte[] pixels = new byte[2 * Side * Side];
        new Random(1).NextBytes(pixels);
        using SamSliceSegmenter segmenter = new(Tiny.Network(), "tiny", CPU, prompts: new Fixed(place => place.Slice == 7 ? [click, box] : []));
        using SamPredictor predictor = new(Tiny.Network(), "tiny", CPU);
        float[] scores = new float[2 * Side * Side];

        segmenter.Segment(Tiles(pixels, new TilePlace(7, 0, 0), new TilePlace(8, 0, 0)), scores);

        using IImageEmbedding image = predictor.Encode(new PixelImage(Side, Side, 1, VoxelType.UInt8, pixels[..(Side * Side)]));
        IReadOnlyList<PromptedMasks> expected = predictor.Predict(image, [click, box], multimask: false);
        float[] lowest = [.. scores[..(Side * Side)]];
        Assert.All(scores[(Side * Side)..], score => Assert.True(score < -15)); // nothing was asked for there
        Assert.True(Agreement(lowest, expected) < 0.05, $"{Agreement(lowest, expected)}");
    }

    [Fact]
    public void Segment_ATileWithManyObjects_IsTheSurestOfThem()
    {
        PromptSet[] objects = [.. Enumerable.Range(0, 7).Select(i => new PromptSet { Box = new BoxPrompt(i, i, i + 9, i + 12) })];
        byte[] pixels = new byte[Side * Side];
        new Random(2).NextBytes(pixels);
        float[] together = Scores(objects);
        float[][] alone = [.. objects.Select(o => Scores(o))];

        for (int i = 0; i < together.Length; i++)
        {
            // the surest is taken at the network's resolution, and then enlarged
            Assert.True(together[i] >= alone.Max(scores => scores[i]) - 1e-3, $"{i}");
        }

        float[] Scores(params PromptSet[] asked)
        {
            using SamSliceSegmenter segmenter = new(Tiny.Network(), "tiny", CPU, prompts: new Fixed(_ => asked));
            float[] scores = new float[Side * Side];
            segmenter.Segment(Tiles(pixels, new TilePlace(0, 0, 0)), scores);
            return scores;
        }
    }

    [Fact]
    public void Segment_AnswersThatTheNetworkThinksTooLittleOf_AreNone()
    {
        byte[] pixels = new byte[Side * Side];
        new Random(2).NextBytes(pixels);
        PromptSet[] kinds = [new PromptSet { Box = new BoxPrompt(3, 4, 20, 22) }, new PromptSet { Points = [new PointPrompt(9, 9, true)] }];
        foreach (PromptSet asked in kinds)
        {
            Assert.All(Scores(asked, 1e9), score => Assert.True(score < -15));
            Assert.Equal(Scores(asked, 0), Scores(asked, -1e9));
            Assert.Contains(Scores(asked, 0), score => score > -15);
        }

        float[] Scores(PromptSet asked, double least)
        {
            using SamSliceSegmenter segmenter = new(Tiny.Network(), "tiny", CPU, prompts: new Fixed(_ => [asked]) { LeastIoU = least });
            float[] scores = new float[Side * Side];
            segmenter.Segment(Tiles(pixels, new TilePlace(0, 0, 0)), scores);
            return scores;
        }
    }

    [Fact]
    public void Caution_PromptsThatTheWeightsWereNotTrainedWith_AreNamed()
    {
        SamTraining training = new() { Prompts = ["none", "point"] };
        using SamSliceSegmenter segmenter = new(Tiny.Network(), "tiny", CPU, training, prompts: new Fixed(_ => []));

        Assert.Contains("are given box", segmenter.Caution, StringComparison.Ordinal);
        Assert.Equal("fixed", segmenter.Prompts);
    }

    /// <summary>Mean difference of the answer from the larger of the two expected masks; both were enlarged, one after the larger
    /// was taken and one before.</summary>
    private static double Agreement(float[] scores, IReadOnlyList<PromptedMasks> expected) =>
        scores.Select((score, i) => Math.Abs(score - expected.Max(mask => mask.Logits[i]))).Average();

    private static TileBatch Tiles(byte[] pixels, params TilePlace[] places)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(places.Length, Side, Side), VoxelType.UInt8);
        pixels.CopyTo(voxels.Bytes);
        return new TileBatch(voxels, 1, new IntensityRange(0, 255)) { Places = places };
    }

    private sealed class Fixed(Func<TilePlace, IReadOnlyList<PromptSet>> sets) : ITilePrompts
    {
        public string Identity => "fixed";

        public double LeastIoU { get; init; }

        public IReadOnlyList<string> Kinds => ["point", "box"];

        public IReadOnlyList<PromptSet> ListFor(TilePlace place, int side, int maskSide) => sets(place);

        public void Dispose()
        {
        }
    }
}
