using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Brings the encoder's tokens to the decoder's width: two convolutions, each followed by a norm.</summary>
/// <remarks>Keys: <c>image_encoder.neck.0</c> to <c>.3</c>.</remarks>
internal sealed class Neck : Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly Conv2d project;

    [ComponentName(Name = "1")]
    private readonly LayerNorm2d norm1;

    [ComponentName(Name = "2")]
    private readonly Conv2d smooth;

    [ComponentName(Name = "3")]
    private readonly LayerNorm2d norm2;

    public Neck(SamConfig config)
        : base(nameof(Neck))
    {
        int width = config.EmbeddingWidth;
        project = Conv2d(config.Width, width, kernel_size: 1, bias: false);
        norm1 = new LayerNorm2d(width, config.EncoderNormEpsilon);
        smooth = Conv2d(width, width, kernel_size: 3, padding: 1, bias: false);
        norm2 = new LayerNorm2d(width, config.EncoderNormEpsilon);
        RegisterComponents();
    }

    /// <param name="x">Tokens, <c>[B, S, S, C]</c>.</param>
    /// <returns>The image embedding, <c>[B, E, S, S]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor map = norm1.call(project.call(x.permute(0, 3, 1, 2)));
        return norm2.call(smooth.call(map)).MoveToOuterDisposeScope();
    }
}
