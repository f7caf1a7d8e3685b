using ScrollSeg.Sam.Guards;
using ScrollSeg.Sam.Imaging;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>
/// Shows SAM an image and asks for masks: resizes and normalises as SAM was trained, and brings masks back to the image's
/// own pixels. Follows <c>SamPredictor</c> in segment_anything/predictor.py (commit dca509f), without its hidden state.
/// </summary>
/// <remarks>Holds the weights on one device. Synchronous and not thread-safe.</remarks>
public sealed class SamPredictor : IPromptableSegmenter
{
    private readonly SamNetwork _network;
    private readonly Device _device;
    private readonly ViewNormalisation _normalisation;

    internal SamPredictor(SamNetwork network, string identity, Device device)
    {
        (_network, Identity, _device) = (network, identity, device);
        _normalisation = new ViewNormalisation(network.Config, device);
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <summary>What the network is made of.</summary>
    public SamConfig Config => _network.Config;

    /// <inheritdoc/>
    public float MaskThreshold => Config.MaskThreshold;

    /// <summary>Is told each stage's tensor, its shape, type and range, a line each; <see langword="null"/> for silence.
    /// Default silence.</summary>
    public Action<string>? Explain { get; set; }

    /// <inheritdoc/>
    public IImageEmbedding Encode(PixelImage image)
    {
        RgbImage rgb = RgbImage.From(image);
        (int height, int width) = RgbImage.FitLongestSide(rgb.Height, rgb.Width, Config.ViewSide);
        ExplainImage(rgb);
        return Encode(BilinearResize.Resize(rgb, height, width), image.Height, image.Width);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidRequestException">The prompts cannot be meant so; see <see cref="PromptChecks"/>.</exception>
    public PromptedMasks Predict(IImageEmbedding embedding, PromptSet prompts, bool multimask)
    {
        Finding.Refuse(PromptChecks.Fault(prompts, embedding.ImageHeight, embedding.ImageWidth));
        return Predict(embedding, [prompts], multimask)[0];
    }

    /// <summary>Answers several sets of prompts about one image at once.</summary>
    /// <param name="embedding">What <see cref="Encode(PixelImage)"/> returned.</param>
    /// <param name="prompts">Sets of one shape: as many points in each, and a box or a mask in all or in none.</param>
    /// <param name="multimask">Whether to answer with the masks for ambiguous prompts instead of the single one.</param>
    /// <returns>One answer per set, in order.</returns>
    public IReadOnlyList<PromptedMasks> Predict(IImageEmbedding embedding, IReadOnlyList<PromptSet> prompts, bool multimask)
    {
        SamImageEmbedding image = embedding as SamImageEmbedding
            ?? throw new ArgumentException($"An embedding of {embedding.GetType().Name} is not one of SAM's.", nameof(embedding));
        Finding.Refuse(EmbeddingChecks.Fault(image, Identity));
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();

        Prompts asked = new PromptTensors(Config, image).From(prompts, _device);
        (Tensor masks, Tensor iou) = _network.Decode(image.Value, asked);
        (long first, long count) = multimask && Config.MaskTokens > 1 ? (1, Config.MaskTokens - 1) : (0, 1);
        Tensor low = masks.narrow(1, first, count);
        Tensor answer = ToImage(low, image);
        iou = iou.narrow(1, first, count);
        ExplainAnswer(asked, low, iou, answer);
        return Split(low, iou, answer, image);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _normalisation.Dispose();
        _network.Dispose();
    }

    /// <summary>Encodes an image that already fits the view.</summary>
    /// <param name="view">The resized image.</param>
    /// <param name="imageHeight">Rows of the image before.</param>
    /// <param name="imageWidth">Columns of the image before.</param>
    internal SamImageEmbedding Encode(RgbImage view, int imageHeight, int imageWidth)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();

        Tensor grey = tensor(view.Samples, [1, view.Height, view.Width, 3]).to(_device).permute(0, 3, 1, 2).to(float32);
        Tensor normalised = _normalisation.Apply(grey);
        Tensor padded = nn.functional.pad(normalised, [0, Config.ViewSide - view.Width, 0, Config.ViewSide - view.Height]);
        Tensor embedding = _network.forward(padded).DetachFromDisposeScope();
        ExplainStages(("resized", grey), ("normalised", normalised), ("padded", padded), ("image embedding", embedding));
        return new SamImageEmbedding(embedding, imageHeight, imageWidth, view.Height, view.Width) { Model = Identity };
    }

    /// <summary>The grid of positions that the decoder sees, <c>[1, E, S, S]</c>.</summary>
    internal Tensor DensePositions() => _network.PromptEncoder.DensePositions();

    /// <summary>Enlarges logits to the view, drops its padding, and resizes to the image.</summary>
    /// <param name="low"><c>[P, M, 4S, 4S]</c>.</param>
    /// <param name="image">Says the extents.</param>
    /// <returns><c>[P, M, H, W]</c>.</returns>
    private Tensor ToImage(Tensor low, SamImageEmbedding image)
    {
        Tensor view = nn.functional.interpolate(
            low, [Config.ViewSide, Config.ViewSide], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor crop = view.narrow(2, 0, image.ViewHeight).narrow(3, 0, image.ViewWidth);
        return nn.functional.interpolate(
            crop, [image.ImageHeight, image.ImageWidth], mode: InterpolationMode.Bilinear, align_corners: false);
    }

    private void ExplainImage(RgbImage image)
    {
        if (Explain is not null)
        {
            using DisposeScope scope = NewDisposeScope();
            ExplainStages(("image", tensor(image.Samples, [image.Height, image.Width, 3])));
        }
    }

    /// <summary>The prompts are embedded a second time for it: the network keeps nothing.</summary>
    private void ExplainAnswer(Prompts prompts, Tensor low, Tensor iou, Tensor answer)
    {
        if (Explain is not null)
        {
            (Tensor sparse, Tensor dense) = _network.PromptEncoder.forward(prompts);
            ExplainStages(
                ("sparse prompts", sparse), ("dense prompts", dense), ("low-resolution logits", low), ("predicted IoU", iou),
                ("mask logits", answer), ("final mask", answer > MaskThreshold));
        }
    }

    private void ExplainStages(params ReadOnlySpan<(string Name, Tensor Value)> stages)
    {
        for (int i = 0; Explain is not null && i < stages.Length; i++)
        {
            Explain(TensorText.Of(stages[i].Name, stages[i].Value));
        }
    }

    private static PromptedMasks[] Split(Tensor low, Tensor iou, Tensor masks, SamImageEmbedding image)
    {
        PromptedMasks[] answers = new PromptedMasks[low.shape[0]];
        for (int p = 0; p < answers.Length; p++)
        {
            answers[p] = new PromptedMasks(
                image.ImageHeight, image.ImageWidth, Floats(masks[p]), Floats(iou[p]), Floats(low[p]), (int)low.shape[3]);
        }

        return answers;
    }

    private static float[] Floats(Tensor tensor) => tensor.cpu().contiguous().data<float>().ToArray();
}
