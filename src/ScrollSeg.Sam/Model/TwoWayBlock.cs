using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// A layer of the mask decoder: the tokens attend to each other, then to the image; an MLP; then the image attends to
/// the tokens. Follows <c>TwoWayAttentionBlock</c> in segment_anything/modeling/transformer.py (commit dca509f).
/// </summary>
internal sealed class TwoWayBlock : Module<Tensor, Tensor, Tensor, Tensor, (Tensor Tokens, Tensor Image)>
{
    private readonly DecoderAttention self_attn;
    private readonly LayerNorm norm1;
    private readonly DecoderAttention cross_attn_token_to_image;
    private readonly LayerNorm norm2;
    private readonly DecoderMlp mlp;
    private readonly LayerNorm norm3;
    private readonly LayerNorm norm4;
    private readonly DecoderAttention cross_attn_image_to_token;
    private readonly bool isFirst;

    /// <param name="config">Widths, heads, epsilons.</param>
    /// <param name="isFirst">The first layer's tokens are their own positions, so none are added.</param>
    public TwoWayBlock(SamConfig config, bool isFirst)
        : base(nameof(TwoWayBlock))
    {
        this.isFirst = isFirst;
        (int width, int inner, int heads) = (config.EmbeddingWidth, config.CrossAttentionWidth, config.DecoderHeads);
        self_attn = new DecoderAttention(width, width, heads);
        norm1 = LayerNorm(width, eps: config.DecoderNormEpsilon);
        cross_attn_token_to_image = new DecoderAttention(width, inner, heads);
        norm2 = LayerNorm(width, eps: config.DecoderNormEpsilon);
        mlp = new DecoderMlp(width, config.DecoderMlpWidth);
        norm3 = LayerNorm(width, eps: config.DecoderNormEpsilon);
        norm4 = LayerNorm(width, eps: config.DecoderNormEpsilon);
        cross_attn_image_to_token = new DecoderAttention(width, inner, heads);
        RegisterComponents();
    }

    /// <param name="tokens"><c>[P, N, E]</c>.</param>
    /// <param name="image">The image embedding's cells, <c>[P, S * S, E]</c>.</param>
    /// <param name="tokenPositions"><c>[P, N, E]</c>.</param>
    /// <param name="imagePositions"><c>[1, S * S, E]</c>.</param>
    public override (Tensor Tokens, Tensor Image) forward(
        Tensor tokens, Tensor image, Tensor tokenPositions, Tensor imagePositions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = isFirst ? tokens : tokens.Plus(tokenPositions);
        Tensor attended = self_attn.forward(q, q, tokens);
        tokens = norm1.forward(isFirst ? attended : tokens.Plus(attended));

        Tensor k = image.Plus(imagePositions);
        tokens = norm2.forward(tokens.Plus(cross_attn_token_to_image.forward(tokens.Plus(tokenPositions), k, image)));
        tokens = norm3.forward(tokens.Plus(mlp.forward(tokens)));

        image = norm4.forward(image.Plus(cross_attn_image_to_token.forward(k, tokens.Plus(tokenPositions), tokens)));
        return (tokens.MoveToOuterDisposeScope(), image.MoveToOuterDisposeScope());
    }
}
