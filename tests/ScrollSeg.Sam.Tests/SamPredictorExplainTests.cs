using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

public sealed class SamPredictorExplainTests
{
    [Fact]
    public void Explain_OnePrompt_NamesEveryStageWithItsShape()
    {
        using DisposeScope scope = NewDisposeScope();
        List<string> lines = [];
        using SamPredictor predictor = new(Tiny.Network(), "tiny", CPU) { Explain = lines.Add };
        byte[] pixels = new byte[20 * 40];
        pixels[0] = 200;
        PromptSet click = new() { Points = [new PointPrompt(5, 5, IsForeground: true)] };

        using IImageEmbedding embedding = predictor.Encode(new PixelImage(20, 40, 1, VoxelType.UInt8, pixels));
        predictor.Predict(embedding, click, multimask: true);

        (string Stage, string Type, string Shape)[] expected =
        [
            ("image", "Byte", "[20, 40, 3]"), ("resized", "Float32", "[1, 3, 16, 32]"), ("normalised", "Float32", "[1, 3, 16, 32]"),
            ("padded", "Float32", "[1, 3, 32, 32]"), ("image embedding", "Float32", "[1, 16, 8, 8]"),
            ("sparse prompts", "Float32", "[1, 2, 16]"), ("dense prompts", "Float32", "[1, 16, 8, 8]"),
            ("low-resolution logits", "Float32", "[1, 3, 32, 32]"), ("predicted IoU", "Float32", "[1, 3]"),
            ("mask logits", "Float32", "[1, 3, 20, 40]"), ("final mask", "Bool", "[1, 3, 20, 40]"),
        ];
        Assert.Equal(expected.Length, lines.Count);
        Assert.All(expected.Zip(lines), pair =>
            Assert.Matches($"^{pair.First.Stage} +{pair.First.Type} +{System.Text.RegularExpressions.Regex.Escape(pair.First.Shape)} +min ", pair.Second));
        Assert.EndsWith("min 0  mean 0.25  max 200", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void TensorText_EmptyAndNotFinite_AreSaid()
    {
        using DisposeScope scope = NewDisposeScope();

        Assert.EndsWith("[1, 0, 16]           empty", TensorText.Of("sparse prompts", empty(1, 0, 16)), StringComparison.Ordinal);
        Assert.EndsWith("NOT FINITE: 2", TensorText.Of("x", tensor(new[] { 1f, float.NaN, float.PositiveInfinity })), StringComparison.Ordinal);
    }
}
