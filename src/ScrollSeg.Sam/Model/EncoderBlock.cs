using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Transformer block of SAM's image encoder: attention, then an MLP, each with a residual. Follows <c>Block</c> in
/// segment_anything/modeling/image_encoder.py (commit dca509f).
/// </summary>
/// <remarks>Field names are checkpoint keys: <c>image_encoder.blocks.N.norm1.weight</c>.</remarks>
internal sealed class EncoderBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1;
    private readonly Attention attn;
    private readonly LayerNorm norm2;
    private readonly Mlp mlp;

    /// <summary>Creates a block with untrained weights.</summary>
    /// <param name="config">Widths, heads, epsilons.</param>
    /// <param name="attentionSide">Tokens along each side of the square within which tokens attend to each other.</param>
    /// <param name="type">Number format of the products; norms and sums stay 32-bit floats.</param>
    public EncoderBlock(SamConfig config, int attentionSide, ScalarType type = ScalarType.Float32)
        : base(nameof(EncoderBlock))
    {
        norm1 = LayerNorm(config.Width, eps: config.EncoderNormEpsilon);
        attn = new Attention(config.Width, config.Heads, attentionSide, type);
        norm2 = LayerNorm(config.Width, eps: config.EncoderNormEpsilon);
        mlp = new Mlp(config.Width, config.MlpWidth, type);
        RegisterComponents();
    }

    /// <summary>Chooses the format of the products; the weights keep theirs.</summary>
    public void Multiply(ScalarType products)
    {
        attn.Multiply(products);
        mlp.Multiply(products);
    }

    /// <summary>Applies the block.</summary>
    /// <param name="x">Tokens, <c>[B, S, S, C]</c>.</param>
    /// <returns>Tokens, <c>[B, S, S, C]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = x.Plus(attn.call(norm1.call(x)));
        return y.Plus(mlp.call(norm2.call(y))).MoveToOuterDisposeScope();
    }
}
