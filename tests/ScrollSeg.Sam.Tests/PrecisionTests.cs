using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

/// <summary>What bfloat16 may change: 2 % of an embedding, and masks by an IoU of 0.99 on average, 0.97 at least.</summary>
public sealed class PrecisionTests
{
    private const double MaxEmbeddingError = 0.02;
    private const double MinMeanIoU = 0.99;
    private const double MinIoU = 0.97;

    [Fact]
    public void BFloat16_GoldenImages_KeepEmbeddingAndMasks()
    {
        using SamPredictor exact = Open("sam_tiny.safetensors", ScalarType.Float32);
        using SamPredictor rounded = Open("sam_tiny.safetensors", ScalarType.BFloat16);
        List<double> overlaps = [];
        foreach (string name in new[] { "landscape", "portrait" })
        {
            using TensorFile golden = Golden.Open(name);
            using SamImageEmbedding a = (SamImageEmbedding)exact.Encode(Golden.Image(golden));
            using SamImageEmbedding b = (SamImageEmbedding)rounded.Encode(Golden.Image(golden));
            AssertNear(a.Value, b.Value);
            overlaps.AddRange(Overlaps(exact, a, rounded, b));
        }

        AssertOverlap(overlaps);
    }

    /// <summary>A network as wide and as deep as vit_b, with PyTorch's own initial values, on a smaller view.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void BFloat16_RandomNetworkOfVitBsShape_KeepsEmbeddingAndMasks(int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        SamConfig config = SamConfig.VitB with { ViewSide = 256 };
        random.manual_seed(seed);
        SamNetwork network = new(config);
        SamNetwork copy = new(config, ScalarType.BFloat16);
        foreach ((string key, Tensor value) in network.state_dict())
        {
            if (key.Contains("_pos", StringComparison.Ordinal))
            {
                value.normal_(0, 0.02); // they start as zeros
            }

            copy.state_dict()[key].copy_(value);
        }

        using SamPredictor exact = new(network, "exact", CPU);
        using SamPredictor rounded = new(copy, "rounded", CPU);
        using SamImageEmbedding a = Embedding(network, "exact");
        using SamImageEmbedding b = Embedding(copy, "rounded");

        AssertNear(a.Value, b.Value);
        AssertOverlap(Overlaps(exact, a, rounded, b));

        SamImageEmbedding Embedding(SamNetwork of, string model)
        {
            random.manual_seed(seed);
            Tensor image = randn(1, 3, config.ViewSide, config.ViewSide);
            return new SamImageEmbedding(of.forward(image).DetachFromDisposeScope(), 256, 256, 256, 256) { Model = model };
        }
    }

    [Fact]
    public void BFloat16_Weights_AreRoundedOnceAndTakeHalfTheMemory()
    {
        using SamNetwork exact = SamCheckpoint.Load(Golden.Find("sam_tiny.pth")).Network;
        using SamNetwork rounded = SamCheckpoint.Load(Golden.Find("sam_tiny.pth"), ScalarType.BFloat16).Network;
        Dictionary<string, Tensor> other = rounded.state_dict();
        foreach ((string key, Tensor value) in exact.state_dict())
        {
            bool isProduct = key.Contains(".blocks.", StringComparison.Ordinal)
                && (key.Contains(".qkv.", StringComparison.Ordinal) || key.Contains(".proj.", StringComparison.Ordinal)
                    || key.Contains(".lin", StringComparison.Ordinal));
            Assert.Equal(isProduct ? ScalarType.BFloat16 : ScalarType.Float32, other[key].dtype);
            Assert.True(value.to(other[key].dtype).allclose(other[key], rtol: 0, atol: 0), key);
        }
    }

    [Fact]
    public void BFloat16_Forward_LeavesOneTensorBehind()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        using ImageEncoder encoder = new(Tiny.Config, ScalarType.BFloat16);
        Tensor image = randn(2, 3, 32, 32);
        encoder.forward(image).Dispose(); // lays out the tables
        int before = scope.DisposablesCount;

        Tensor embedding = encoder.forward(image);

        Assert.Equal(ScalarType.Float32, embedding.dtype);
        Assert.Equal(before + 1, scope.DisposablesCount);
    }

    [Fact]
    public void Auto_OnThisProcessor_IsWhatItsFlagsSay()
    {
        Assert.SkipUnless(File.Exists("/proc/cpuinfo"), "Only Linux lists a processor's flags.");
        string flags = File.ReadAllText("/proc/cpuinfo");
        bool fast = flags.Contains("avx512_bf16", StringComparison.Ordinal) || flags.Contains("amx_bf16", StringComparison.Ordinal);

        Assert.Equal(
            fast ? ScalarType.BFloat16 : ScalarType.Float32, TorchPrecision.Choose(new ModelSettings { Precision = "auto" }, CPU));
        Assert.Equal(ScalarType.BFloat16, TorchPrecision.Choose(new ModelSettings { Precision = "bf16" }, CPU));
        Assert.Equal(ScalarType.Float32, TorchPrecision.Choose(new ModelSettings { Precision = "f32" }, CPU));
    }

    private static SamPredictor Open(string name, ScalarType type)
    {
        SamCheckpoint loaded = SamCheckpoint.Load(Golden.Find(name), type);
        return new SamPredictor(loaded.Network, $"{type}", CPU);
    }

    private static void AssertNear(Tensor expected, Tensor actual)
    {
        using DisposeScope scope = NewDisposeScope();
        double error = (actual - expected).norm().item<float>() / (double)expected.norm().item<float>();
        Assert.True(error is > 0 and <= MaxEmbeddingError, $"the embedding differs by {error:p2}");
    }

    /// <summary>Masks of a grid of clicks and of boxes, as both see them.</summary>
    private static List<double> Overlaps(SamPredictor exact, SamImageEmbedding a, SamPredictor rounded, SamImageEmbedding b)
    {
        PromptSet[] prompts = [.. from y in Enumerable.Range(1, 4) from x in Enumerable.Range(1, 4) select new PromptSet
        {
            Points = [new PointPrompt(a.ImageWidth * x / 5.0, a.ImageHeight * y / 5.0, IsForeground: true)],
            Box = (x + y) % 2 == 0 ? null : new BoxPrompt(a.ImageWidth * (x - 1) / 5.0, a.ImageHeight * (y - 1) / 5.0, a.ImageWidth * (x + 1) / 5.0, a.ImageHeight * (y + 1) / 5.0),
        }];
        return [.. exact.Predict(a, prompts, multimask: true).Zip(rounded.Predict(b, prompts, multimask: true), Pairs).SelectMany(p => p)];
    }

    private static IEnumerable<double> Pairs(PromptedMasks expected, PromptedMasks actual)
    {
        int pixels = expected.Height * expected.Width;
        for (int mask = 0; mask < expected.Count; mask++)
        {
            (int both, int either) = (0, 0);
            for (int i = mask * pixels; i < (mask + 1) * pixels; i++)
            {
                (bool x, bool y) = (expected.Logits[i] > 0, actual.Logits[i] > 0);
                both += x && y ? 1 : 0;
                either += x || y ? 1 : 0;
            }

            yield return either == 0 ? 1 : (double)both / either;
        }
    }

    private static void AssertOverlap(List<double> overlaps) => Assert.True(
        overlaps.Average() >= MinMeanIoU && overlaps.Min() >= MinIoU, $"IoU {overlaps.Average():f4} on average, {overlaps.Min():f4} at least");
}
