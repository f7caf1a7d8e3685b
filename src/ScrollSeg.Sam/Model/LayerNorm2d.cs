using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Normalises each pixel of a map over its channels: <c>LayerNorm2d</c> in segment_anything/modeling/common.py.</summary>
internal sealed class LayerNorm2d : Module<Tensor, Tensor>
{
    private readonly Parameter weight; // [C]
    private readonly Parameter bias;   // [C]
    private readonly double epsilon;

    public LayerNorm2d(int width, double epsilon)
        : base(nameof(LayerNorm2d))
    {
        this.epsilon = epsilon;
        weight = Parameter(ones(width));
        bias = Parameter(zeros(width));
        RegisterComponents();
    }

    /// <param name="x">A map, <c>[B, C, H, W]</c>.</param>
    /// <returns>A map, <c>[B, C, H, W]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = x.permute(0, 2, 3, 1); // [B, H, W, C]
        Tensor normal = functional.layer_norm(pixels, [x.shape[1]], weight, bias, epsilon);
        return normal.permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
