using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes.Images;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

/// <summary>Several images at once, each with prompts of its own number and shape.</summary>
public sealed class SamPredictorBatchTests
{
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Predict_ImagesWithPromptsOfTheirOwn_EqualsOneByOne(bool multimask)
    {
        using TensorFile landscape = Golden.Open("landscape");
        using TensorFile portrait = Golden.Open("portrait");
        using SamPredictor predictor = Open();
        PixelImage[] images = [Golden.Image(landscape), Golden.Image(portrait), Golden.Image(landscape)];
        PromptSet[][] prompts = [PromptsFor(landscape), [Click(100, 200)], []];

        IReadOnlyList<IImageEmbedding> embeddings = predictor.Encode(images);
        IReadOnlyList<IReadOnlyList<PromptedMasks>> together = predictor.Predict(
            [.. embeddings.Zip(prompts, (embedding, sets) => new ImagePrompts(embedding, sets))], multimask);

        Assert.Equal([prompts[0].Length, 1, 0], together.Select(answers => answers.Count));
        for (int image = 0; image < images.Length; image++)
        {
            using IImageEmbedding alone = predictor.Encode(images[image]);
            for (int set = 0; set < prompts[image].Length; set++)
            {
                PromptedMasks expected = predictor.Predict(alone, prompts[image][set], multimask);
                AssertEqual(expected, together[image][set], $"image {image}, set {set}");
                Assert.Equal((images[image].Height, images[image].Width), (together[image][set].Height, together[image][set].Width));
            }
        }

        foreach (IImageEmbedding embedding in embeddings)
        {
            embedding.Dispose();
        }
    }

    [Fact]
    public void Predict_MoreSetsThanOneBatch_AnswersEachItsOwn()
    {
        using SamPredictor predictor = new(Tiny.Network(), "tiny", CPU);
        using TensorFile golden = Golden.Open("landscape");
        using IImageEmbedding embedding = predictor.Encode(Golden.Image(golden));
        PromptSet[] clicks = [.. Enumerable.Range(0, 70).Select(i => Click(4 * i, 2 * i))];

        IReadOnlyList<PromptedMasks> answers = predictor.Predict(embedding, clicks, multimask: false);

        Assert.Equal(70, answers.Count);
        Assert.NotEqual(answers[0].PredictedIoU, answers[69].PredictedIoU);
        foreach (int i in new[] { 0, 63, 64, 69 })
        {
            AssertEqual(predictor.Predict(embedding, clicks[i], multimask: false), answers[i], $"click {i}");
        }
    }

    [Fact]
    public void Predict_ManyTimes_EncodesOnceAndLeavesNoTensorBehind()
    {
        using SamNetwork network = Tiny.Network();
        int encoded = 0;
        network.register_forward_hook((_, _, output) =>
        {
            encoded++;
            return output;
        });
        using SamPredictor predictor = new(network, "tiny", CPU);
        using TensorFile golden = Golden.Open("landscape");
        using IImageEmbedding embedding = predictor.Encode(Golden.Image(golden));
        long before = Tiny.LiveTensors();

        for (int i = 0; i < 5; i++)
        {
            predictor.Predict(embedding, PromptsFor(golden)[..4], multimask: i % 2 == 0);
        }

        Assert.Equal(1, encoded);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Encode_SeveralImages_IsOnePassAndLeavesOneTensorEach()
    {
        using SamNetwork network = Tiny.Network();
        int encoded = 0;
        network.register_forward_hook((_, _, output) =>
        {
            encoded++;
            return output;
        });
        using SamPredictor predictor = new(network, "tiny", CPU);
        using TensorFile golden = Golden.Open("portrait");
        long before = Tiny.LiveTensors();

        IReadOnlyList<IImageEmbedding> embeddings = predictor.Encode([Golden.Image(golden), Golden.Image(golden)]);

        Assert.Equal(1, encoded);
        Assert.Equal(before + 2, Tensor.TotalCount);
        embeddings[0].Dispose(); // the other stands alone
        Assert.Single(predictor.Predict(embeddings[1], [Click(5, 5)], multimask: false));
        embeddings[1].Dispose();
        Assert.Empty(predictor.Encode([]));
    }

    [Fact]
    public void Predict_MaskPromptOfAnotherSize_SaysBothSides()
    {
        using SamPredictor predictor = new(Tiny.Network(), "tiny", CPU);
        using TensorFile golden = Golden.Open("landscape");
        using IImageEmbedding embedding = predictor.Encode(Golden.Image(golden));

        Assert.Contains(
            "9 logits does not fit this SAM's 32 x 32",
            Assert.Throws<ArgumentException>(
                () => predictor.Predict(embedding, new PromptSet { MaskLogits = new float[9] }, multimask: false)).Message,
            StringComparison.Ordinal);
    }

    private static void AssertEqual(PromptedMasks expected, PromptedMasks actual, string what)
    {
        Golden.AssertAgrees(expected.PredictedIoU, actual.PredictedIoU, what + ": IoU", Tolerance);
        Golden.AssertAgrees(expected.LowResolutionLogits, actual.LowResolutionLogits, what + ": low", Tolerance);
        Golden.AssertAgrees(expected.Logits, actual.Logits, what + ": logits", Tolerance);
    }

    /// <summary>One click, two, three, a box, a box with a click, a mask with a click, nothing: no two neighbours alike.</summary>
    private static PromptSet[] PromptsFor(TensorFile golden) =>
    [
        Click(50, 60),
        new PromptSet { Points = [new(10, 20, true), new(90, 20, false)] },
        new PromptSet { Box = new BoxPrompt(20, 30, 120, 140) },
        Click(150, 20),
        new PromptSet { Points = [new(10, 20, true), new(90, 20, false), new(33, 44, true)] },
        new PromptSet { Points = [new(60, 70, true)], Box = new BoxPrompt(20, 30, 120, 140) },
        new PromptSet { Points = [new(60, 70, true)], MaskLogits = golden.ReadSingles("mask_prompt.mask_input") },
        new PromptSet(),
    ];

    private static PromptSet Click(double x, double y) => new() { Points = [new PointPrompt(x, y, IsForeground: true)] };

    private static SamPredictor Open()
    {
        SamCheckpoint loaded = SamCheckpoint.Load(Golden.Find("sam_tiny.safetensors"));
        return new SamPredictor(loaded.Network, loaded.Sha256, CPU);
    }
}
