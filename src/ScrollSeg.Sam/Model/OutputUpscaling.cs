using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Enlarges the decoder's map fourfold and narrows it eightfold.</summary>
/// <remarks>Keys: <c>mask_decoder.output_upscaling.0</c>, <c>.1</c> and <c>.3</c>; 2 and 4 are activations.</remarks>
internal sealed class OutputUpscaling : Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly ConvTranspose2d double1;

    [ComponentName(Name = "1")]
    private readonly LayerNorm2d norm;

    [ComponentName(Name = "3")]
    private readonly ConvTranspose2d double2;

    public OutputUpscaling(SamConfig config)
        : base(nameof(OutputUpscaling))
    {
        int width = config.EmbeddingWidth;
        double1 = ConvTranspose2d(width, width / 4, kernel_size: 2, stride: 2);
        norm = new LayerNorm2d(width / 4, config.EncoderNormEpsilon);
        double2 = ConvTranspose2d(width / 4, width / 8, kernel_size: 2, stride: 2);
        RegisterComponents();
    }

    /// <param name="x"><c>[P, E, S, S]</c>.</param>
    /// <returns><c>[P, E / 8, 4S, 4S]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = functional.gelu(norm.forward(double1.forward(x)));
        return functional.gelu(double2.forward(y)).MoveToOuterDisposeScope();
    }
}
