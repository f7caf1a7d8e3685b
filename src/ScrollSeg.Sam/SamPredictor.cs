using ScrollSeg.Sam.Embeddings;
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
    /// <summary>Sets of prompts that go through the decoder together. Each takes a map of <c>[E / 8, 4S, 4S]</c>, 8 MiB for
    /// SAM's own sizes, several times over.</summary>
    private const int PromptsAtOnce = 64;

    private readonly SamNetwork _network;
    private readonly Device _device;
    private readonly ViewNormalisation _normalisation;
    private readonly EmbeddingCache? _cache;

    internal SamPredictor(SamNetwork network, string identity, Device device, EmbeddingCache? cache = null)
    {
        (_network, Identity, _device, _cache) = (network, identity, device, cache);
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
    public IImageEmbedding Encode(PixelImage image) => Encode([image])[0];

    /// <summary>Encodes several images in one pass, which takes as much memory as they are many.</summary>
    /// <param name="images">Grey or RGB, 8 bits per sample, of any extents.</param>
    /// <returns>One embedding per image, in order; the caller disposes them.</returns>
    public IReadOnlyList<IImageEmbedding> Encode(IReadOnlyList<PixelImage> images) =>
        Encode([.. images.Select(View)], [.. images.Select(image => (image.Height, image.Width))]);

    /// <inheritdoc/>
    /// <exception cref="InvalidRequestException">The prompts cannot be meant so; see <see cref="PromptChecks"/>.</exception>
    public PromptedMasks Predict(IImageEmbedding embedding, PromptSet prompts, bool multimask)
    {
        Finding.Refuse(PromptChecks.Fault(prompts, embedding.ImageHeight, embedding.ImageWidth));
        return Predict(embedding, [prompts], multimask)[0];
    }

    /// <summary>Answers several sets of prompts about one image.</summary>
    /// <param name="embedding">What <see cref="Encode(PixelImage)"/> returned.</param>
    /// <param name="prompts">Sets of any shapes; those of one shape are answered at once.</param>
    /// <param name="multimask">Whether to answer with the masks for ambiguous prompts instead of the single one.</param>
    /// <returns>One answer per set, in order.</returns>
    public IReadOnlyList<PromptedMasks> Predict(IImageEmbedding embedding, IReadOnlyList<PromptSet> prompts, bool multimask) =>
        Predict([new ImagePrompts(embedding, prompts)], multimask)[0];

    /// <summary>Answers what is asked about several images, as many sets of prompts about each as one likes.</summary>
    /// <param name="images">The images and their prompts.</param>
    /// <param name="multimask">Whether to answer with the masks for ambiguous prompts instead of the single one.</param>
    /// <returns>One list per image, of one answer per set, in order; in pixels of each image.</returns>
    /// <exception cref="ArgumentException">An embedding is not one of SAM's, or a mask prompt has another size.</exception>
    public IReadOnlyList<IReadOnlyList<PromptedMasks>> Predict(IReadOnlyList<ImagePrompts> images, bool multimask)
    {
        using IDisposable inference = inference_mode();
        PromptedMasks[][] answers = [.. images.Select(image => new PromptedMasks[image.Prompts.Count])];
        foreach (Question[] questions in Question.Batches(images, PromptsAtOnce))
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor low, Tensor iou) = Decode(questions, multimask);
            for (int p = 0; p < questions.Length; p++)
            {
                answers[questions[p].Image][questions[p].Set] = Answer(low.narrow(0, p, 1), iou[p], questions[p].Embedding);
            }
        }

        return answers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleaseTensors();
        _network.Dispose();
    }

    /// <summary>Ends it where the network stays somebody else's.</summary>
    internal void ReleaseTensors() => _normalisation.Dispose();

    /// <summary>Images that went through the image encoder.</summary>
    internal long EncodedImages { get; private set; }

    /// <summary>Encodes an image that already fits the view.</summary>
    /// <param name="view">The resized image.</param>
    /// <param name="imageHeight">Rows of the image before.</param>
    /// <param name="imageWidth">Columns of the image before.</param>
    internal SamImageEmbedding Encode(RgbImage view, int imageHeight, int imageWidth) =>
        Encode([view], [(imageHeight, imageWidth)])[0];

    /// <summary>Asks the decoder once.</summary>
    /// <param name="questions">P sets of prompts of one shape, about any images.</param>
    /// <param name="multimask">Whether to answer with the masks for ambiguous prompts instead of the single one.</param>
    /// <returns>Logits, <c>[P, M, 4S, 4S]</c>, and predicted IoU, <c>[P, M]</c>; the caller's scope and inference mode.</returns>
    internal (Tensor Low, Tensor Iou) Decode(IReadOnlyList<Question> questions, bool multimask)
    {
        foreach (Question question in questions)
        {
            Finding.Refuse(EmbeddingChecks.Fault(question.Embedding, Identity));
        }

        using DisposeScope scope = NewDisposeScope();
        Prompts prompts = PromptTensors.From(Config, questions, _device);
        (Tensor masks, Tensor iou) = _network.Decode(EmbeddingsOf(questions), prompts);
        (long first, long count) = multimask && Config.MaskTokens > 1 ? (1, Config.MaskTokens - 1) : (0, 1);
        (masks, iou) = (masks.narrow(1, first, count), iou.narrow(1, first, count));
        ExplainPrompts(prompts);
        ExplainStages(("low-resolution logits", masks), ("predicted IoU", iou));
        return (masks.MoveToOuterDisposeScope(), iou.MoveToOuterDisposeScope());
    }

    /// <summary>Enlarges logits to the view, drops its padding, and resizes to the image.</summary>
    /// <param name="low"><c>[P, M, 4S, 4S]</c>.</param>
    /// <param name="image">Says the extents.</param>
    /// <returns><c>[P, M, H, W]</c>.</returns>
    internal Tensor ToImage(Tensor low, SamImageEmbedding image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor view = nn.functional.interpolate(
            low, [Config.ViewSide, Config.ViewSide], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor crop = view.narrow(2, 0, image.ViewHeight).narrow(3, 0, image.ViewWidth);
        return nn.functional.interpolate(
            crop, [image.ImageHeight, image.ImageWidth], mode: InterpolationMode.Bilinear, align_corners: false)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The grid of positions that the decoder sees, <c>[1, E, S, S]</c>.</summary>
    internal Tensor DensePositions() => _network.PromptEncoder.DensePositions();

    private RgbImage View(PixelImage image)
    {
        RgbImage rgb = RgbImage.From(image);
        (int height, int width) = RgbImage.FitLongestSide(rgb.Height, rgb.Width, Config.ViewSide);
        ExplainImage(rgb);
        return BilinearResize.Resize(rgb, height, width);
    }

    private SamImageEmbedding[] Encode(IReadOnlyList<RgbImage> views, IReadOnlyList<(int Height, int Width)> images)
    {
        if (views.Count == 0)
        {
            return [];
        }

        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        Tensor embeddings = _cache is null ? Forward(views) : ForwardWith(_cache, views); // [B, E, S, S]
        ExplainStages(("image embedding", embeddings));
        return [.. views.Select((view, i) => new SamImageEmbedding(
            (views.Count == 1 ? embeddings : embeddings.narrow(0, i, 1).clone()).DetachFromDisposeScope(),
            images[i].Height, images[i].Width, view.Height, view.Width) { Model = Identity })];
    }

    private Tensor Forward(IReadOnlyList<RgbImage> views)
    {
        EncodedImages += views.Count;
        return _network.call(cat([.. views.Select(Pixels)], 0));
    }

    private Tensor ForwardWith(EmbeddingCache cache, IReadOnlyList<RgbImage> views)
    {
        string[] keys = cache.KeysOf(views);
        if (cache.TryRead(keys, views.Count) is Tensor kept)
        {
            return kept;
        }

        Tensor fresh = EmbeddingCache.Round(Forward(views));
        cache.Write(keys, fresh);
        return fresh;
    }

    /// <summary>An image as the network sees it, normalised and then padded with zeros, <c>[1, 3, V, V]</c>.</summary>
    private Tensor Pixels(RgbImage view)
    {
        Tensor grey = tensor(view.Samples, [1, view.Height, view.Width, 3]).to(_device).permute(0, 3, 1, 2).to(float32);
        Tensor normalised = _normalisation.Apply(grey);
        Tensor padded = nn.functional.pad(normalised, [0, Config.ViewSide - view.Width, 0, Config.ViewSide - view.Height]);
        ExplainStages(("resized", grey), ("normalised", normalised), ("padded", padded));
        return padded;
    }

    /// <returns>One embedding if all ask about one image, else one per question, <c>[1 or P, E, S, S]</c>.</returns>
    private static Tensor EmbeddingsOf(IReadOnlyList<Question> questions)
    {
        SamImageEmbedding[] images = [.. questions.Select(question => question.Embedding).Distinct()];
        if (images.Length == 1)
        {
            return images[0].Value;
        }

        long[] index = [.. questions.Select(question => (long)Array.IndexOf(images, question.Embedding))];
        Tensor all = cat([.. images.Select(image => image.Value)], 0);
        return all.index_select(0, tensor(index, device: all.device));
    }

    /// <param name="low"><c>[1, M, 4S, 4S]</c>.</param>
    /// <param name="iou"><c>[M]</c>.</param>
    /// <param name="image">Says the extents.</param>
    private PromptedMasks Answer(Tensor low, Tensor iou, SamImageEmbedding image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = ToImage(low, image);
        if (Explain is not null)
        {
            ExplainStages(("mask logits", logits), ("final mask", logits.Exceeds(MaskThreshold)));
        }

        return new PromptedMasks(
            image.ImageHeight, image.ImageWidth, Floats(logits), Floats(iou), Floats(low), (int)low.shape[3]);
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
    private void ExplainPrompts(Prompts prompts)
    {
        if (Explain is not null)
        {
            (Tensor sparse, Tensor dense) = _network.PromptEncoder.forward(prompts);
            ExplainStages(("sparse prompts", sparse), ("dense prompts", dense));
        }
    }

    private void ExplainStages(params ReadOnlySpan<(string Name, Tensor Value)> stages)
    {
        for (int i = 0; Explain is not null && i < stages.Length; i++)
        {
            Explain(TensorText.Of(stages[i].Name, stages[i].Value));
        }
    }

    private static float[] Floats(Tensor tensor) => tensor.cpu().contiguous().data<float>().ToArray();
}
