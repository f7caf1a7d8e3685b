using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Multi-head attention that may work at a smaller width than its tokens have. Follows <c>Attention</c> in
/// segment_anything/modeling/transformer.py (commit dca509f).
/// </summary>
internal sealed class DecoderAttention : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear out_proj;
    private readonly int heads;

    public DecoderAttention(int width, int innerWidth, int heads)
        : base(nameof(DecoderAttention))
    {
        this.heads = heads;
        q_proj = Linear(width, innerWidth);
        k_proj = Linear(width, innerWidth);
        v_proj = Linear(width, innerWidth);
        out_proj = Linear(innerWidth, width);
        RegisterComponents();
    }

    /// <param name="q">What asks, <c>[P, N, E]</c>.</param>
    /// <param name="k">What is asked, <c>[P, M, E]</c>.</param>
    /// <param name="v">What answers, <c>[P, M, E]</c>.</param>
    /// <returns><c>[P, N, E]</c>.</returns>
    public override Tensor forward(Tensor q, Tensor k, Tensor v)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = functional.scaled_dot_product_attention(
            SplitHeads(q_proj.forward(q)), SplitHeads(k_proj.forward(k)), SplitHeads(v_proj.forward(v)));
        return out_proj.forward(y.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    /// <returns><c>[P, heads, N, d]</c>.</returns>
    private Tensor SplitHeads(Tensor x) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);
}
