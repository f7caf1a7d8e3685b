using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Brings the logits of an earlier mask, given as a prompt, to the grid of the image embedding.</summary>
/// <remarks>Keys: <c>prompt_encoder.mask_downscaling.0</c> to <c>.6</c>; 2 and 5 are activations.</remarks>
internal sealed class MaskDownscaling : Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly Conv2d halve1;

    [ComponentName(Name = "1")]
    private readonly LayerNorm2d norm1;

    [ComponentName(Name = "3")]
    private readonly Conv2d halve2;

    [ComponentName(Name = "4")]
    private readonly LayerNorm2d norm2;

    [ComponentName(Name = "6")]
    private readonly Conv2d widen;

    public MaskDownscaling(SamConfig config)
        : base(nameof(MaskDownscaling))
    {
        int width = config.MaskPromptWidth;
        halve1 = Conv2d(1, width / 4, kernel_size: 2, stride: 2);
        norm1 = new LayerNorm2d(width / 4, config.EncoderNormEpsilon);
        halve2 = Conv2d(width / 4, width, kernel_size: 2, stride: 2);
        norm2 = new LayerNorm2d(width, config.EncoderNormEpsilon);
        widen = Conv2d(width, config.EmbeddingWidth, kernel_size: 1);
        RegisterComponents();
    }

    /// <param name="mask">Logits, <c>[P, 1, 4S, 4S]</c>.</param>
    /// <returns><c>[P, E, S, S]</c>.</returns>
    public override Tensor forward(Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor half = functional.gelu(norm1.forward(halve1.forward(mask)));
        Tensor quarter = functional.gelu(norm2.forward(halve2.forward(half)));
        return widen.forward(quarter).MoveToOuterDisposeScope();
    }
}
