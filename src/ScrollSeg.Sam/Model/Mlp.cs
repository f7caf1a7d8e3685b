using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Two linear layers with GELU between: <c>MLPBlock</c> in segment_anything/modeling/common.py.</summary>
internal sealed class Mlp : Module<Tensor, Tensor>
{
    private readonly Linear lin1;
    private readonly Linear lin2;
    private ScalarType type;

    public Mlp(int width, int hidden, ScalarType type = ScalarType.Float32)
        : base(nameof(Mlp))
    {
        this.type = type;
        lin1 = Linear(width, hidden, dtype: type);
        lin2 = Linear(hidden, width, dtype: type);
        RegisterComponents();
    }

    /// <summary>Chooses the format of the products; the weights keep theirs.</summary>
    public void Multiply(ScalarType products) => type = products;

    /// <param name="x">Tokens, <c>[.., C]</c>.</param>
    /// <returns>Tokens, <c>[.., C]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = functional.gelu(Products.Of(lin1, x, type), inplace: !is_grad_enabled());
        return Products.Of(lin2, hidden, type).MoveToOuterDisposeScope();
    }
}
