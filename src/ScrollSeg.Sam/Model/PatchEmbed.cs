using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Turns each square patch of the image into one token.</summary>
internal sealed class PatchEmbed : Module<Tensor, Tensor>
{
    private readonly Conv2d proj;

    public PatchEmbed(SamConfig config)
        : base(nameof(PatchEmbed))
    {
        proj = Conv2d(3, config.Width, kernel_size: config.PatchSide, stride: config.PatchSide);
        RegisterComponents();
    }

    /// <summary>Weights <c>[C, 3, patch, patch]</c> and bias <c>[C]</c>; stay the module's.</summary>
    public (Tensor Weight, Tensor Bias) Weights => (proj.weight!, proj.bias!);

    /// <summary>Embeds images.</summary>
    /// <param name="x">Normalised pixels, <c>[B, 3, V, V]</c>.</param>
    /// <returns>Tokens, <c>[B, S, S, C]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return proj.call(x).permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }
}
