using ScrollSeg.Sam.Guards;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// The Segment Anything Model (arXiv:2304.02643): image encoder, prompt encoder, mask decoder. Follows <c>Sam</c> in
/// segment_anything/modeling/sam.py (commit dca509f).
/// </summary>
/// <remarks>
/// Letters in all shapes: B images, P sets of prompts, V pixels along the view, S = V / patch cells along the grid,
/// C channels of the encoder, E channels of the embedding, T masks.
/// </remarks>
internal sealed class SamNetwork : Module<Tensor, Tensor>
{
    private readonly ImageEncoder image_encoder;
    private readonly PromptEncoder prompt_encoder;
    private readonly MaskDecoder mask_decoder;

    public SamNetwork(SamConfig config, ScalarType type = ScalarType.Float32)
        : base("Sam")
    {
        Config = config;
        image_encoder = new ImageEncoder(config, type);
        prompt_encoder = new PromptEncoder(config);
        mask_decoder = new MaskDecoder(config);
        RegisterComponents();
    }

    public SamConfig Config { get; private set; }

    public ImageEncoder Encoder => image_encoder;

    public PromptEncoder PromptEncoder => prompt_encoder;

    public MaskDecoder MaskDecoder => mask_decoder;

    /// <summary>Encodes images, or patches that an adapter embedded.</summary>
    /// <param name="x">Normalised pixels, <c>[B, 3, V, V]</c>; or tokens, <c>[B, S, S, C]</c>.</param>
    /// <returns>The image embedding, <c>[B, E, S, S]</c>.</returns>
    public override Tensor forward(Tensor x) =>
        x.shape[1] == 3 && x.shape[3] == Config.ViewSide ? image_encoder.forward(x) : image_encoder.Encode(x);

    /// <summary>Weights and bias of the patch embedding; stay the network's.</summary>
    public (Tensor Weight, Tensor Bias) PatchWeights => image_encoder.PatchWeights;

    /// <summary>From here on prompts begin with a <see cref="FirstGuess"/>.</summary>
    public void GuessFirst() => Config = Config with { GuessesFirst = true };

    /// <summary>Answers prompts about encoded images.</summary>
    /// <param name="image">One embedding for all prompts, or one for each, <c>[1 or P, E, S, S]</c>.</param>
    /// <param name="prompts">What is asked.</param>
    /// <returns>Logits, <c>[P, T, 4S, 4S]</c>, and predicted IoU, <c>[P, T]</c>.</returns>
    /// <exception cref="ArgumentException">Embedding and prompts do not fit the model or each other.</exception>
    public (Tensor Masks, Tensor Iou) Decode(Tensor image, Prompts prompts)
    {
        NetworkInputChecks.Require(image, prompts, Config);
        using DisposeScope scope = NewDisposeScope();
        bool isFirst = Config.GuessesFirst && prompts is { Masks: null, FromNothing: false } && (prompts.Points is not null || prompts.Boxes is not null);
        (Tensor masks, Tensor iou) = Answer(image, isFirst ? Guess(image, prompts) : prompts);
        return (masks.MoveToOuterDisposeScope(), iou.MoveToOuterDisposeScope());
    }

    /// <summary>What is seen without prompts is no step of learning about the prompts.</summary>
    private Prompts Guess(Tensor image, Prompts prompts)
    {
        using IDisposable learning = no_grad();
        (Tensor seen, _) = Answer(image, new Prompts(image.shape[0]));
        return FirstGuess.AddTo(prompts, seen.narrow(1, 0, 1), Config);
    }

    private (Tensor Masks, Tensor Iou) Answer(Tensor image, Prompts prompts)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor sparse, Tensor dense) = prompt_encoder.forward(prompts);
        (Tensor masks, Tensor iou) = mask_decoder.forward(image, prompt_encoder.DensePositions(), sparse, dense);
        return (masks.MoveToOuterDisposeScope(), iou.MoveToOuterDisposeScope());
    }
}
