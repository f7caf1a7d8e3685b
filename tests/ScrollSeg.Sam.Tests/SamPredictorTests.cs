using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Imaging;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

public sealed class SamPredictorTests
{
    public static TheoryData<string, string> Cases => new(
        from image in new[] { "landscape", "portrait" }
        from prompts in new[] { "point1", "points5", "box", "box_point", "mask_prompt" }
        select (image, prompts));

    [Theory]
    [InlineData("landscape")]
    [InlineData("portrait")]
    public void Encode_GoldenImage_GivesTheOriginalsEmbedding(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using TensorFile golden = Golden.Open(name);
        using SamPredictor predictor = Open("sam_tiny.safetensors");

        using SamImageEmbedding embedding = (SamImageEmbedding)predictor.Encode(Golden.Image(golden));

        Golden.AssertAgrees(golden.ReadSingles("embedding"), embedding.Value.data<float>().ToArray(), "embedding");
        Golden.AssertAgrees(golden.ReadSingles("dense_pe"), predictor.DensePositions().data<float>().ToArray(), "dense_pe");
    }

    [Theory]
    [InlineData("landscape")]
    [InlineData("portrait")]
    public void Resize_GoldenImage_IsPillowsToTheBit(string name)
    {
        using TensorFile golden = Golden.Open(name);
        PixelImage image = Golden.Image(golden);
        (int height, int width) = RgbImage.FitLongestSide(image.Height, image.Width, 256);

        RgbImage resized = BilinearResize.Resize(RgbImage.From(image), height, width);

        Assert.Equal([height, width, 3], golden.Tensors["resized_hwc_u8"].Shape);
        Assert.Equal(Golden.Bytes(golden, "resized_hwc_u8"), resized.Samples);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Predict_GoldenPrompts_GivesTheOriginalsMasks(string name, string prompts)
    {
        using TensorFile golden = Golden.Open(name);
        using SamPredictor predictor = Open("sam_tiny.safetensors");
        using IImageEmbedding embedding = predictor.Encode(Golden.Image(golden));

        PromptedMasks masks = predictor.Predict(embedding, Prompts(golden, prompts), prompts is "point1" or "box_point");

        Golden.AssertAgrees(golden.ReadSingles($"{prompts}.iou"), masks.PredictedIoU, "iou");
        Golden.AssertAgrees(golden.ReadSingles($"{prompts}.low_res_logits"), masks.LowResolutionLogits, "low_res_logits");
        if (golden.Tensors.ContainsKey($"{prompts}.mask_logits"))
        {
            Golden.AssertAgrees(golden.ReadSingles($"{prompts}.mask_logits"), masks.Logits, "mask_logits");
        }
    }

    private static SamPredictor Open(string checkpoint)
    {
        SamCheckpoint loaded = SamCheckpoint.Load(Golden.Find(checkpoint));
        return new SamPredictor(loaded.Network, loaded.Sha256, CPU);
    }

    private static PromptSet Prompts(TensorFile golden, string name)
    {
        string clicks = name == "mask_prompt" ? "point1" : name; // the mask that point1 gave, fed back with the same click
        float[] points = Optional(golden, $"{clicks}.point_coords") ?? [];
        float[] labels = Optional(golden, $"{clicks}.point_labels") ?? [];
        float[]? box = Optional(golden, $"{name}.box");
        return new PromptSet
        {
            Points = [.. labels.Select((label, i) => new PointPrompt(points[2 * i], points[(2 * i) + 1], label == 1))],
            Box = box is null ? null : new BoxPrompt(box[0], box[1], box[2], box[3]),
            MaskLogits = Optional(golden, $"{name}.mask_input"),
        };
    }

    private static float[]? Optional(TensorFile golden, string name) =>
        golden.Tensors.ContainsKey(name) ? golden.ReadSingles(name) : null;
}
