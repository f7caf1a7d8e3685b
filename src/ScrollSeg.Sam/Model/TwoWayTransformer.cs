using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Lets the decoder's tokens and the image embedding inform each other. Follows <c>TwoWayTransformer</c> in
/// segment_anything/modeling/transformer.py (commit dca509f).
/// </summary>
internal sealed class TwoWayTransformer : Module<Tensor, Tensor, Tensor, (Tensor Tokens, Tensor Image)>
{
    private readonly ModuleList<TwoWayBlock> layers;
    private readonly DecoderAttention final_attn_token_to_image;
    private readonly LayerNorm norm_final_attn;

    public TwoWayTransformer(SamConfig config)
        : base(nameof(TwoWayTransformer))
    {
        layers = new ModuleList<TwoWayBlock>(
            [.. Enumerable.Range(0, config.DecoderDepth).Select(layer => new TwoWayBlock(config, isFirst: layer == 0))]);
        final_attn_token_to_image =
            new DecoderAttention(config.EmbeddingWidth, config.CrossAttentionWidth, config.DecoderHeads);
        norm_final_attn = LayerNorm(config.EmbeddingWidth, eps: config.DecoderNormEpsilon);
        RegisterComponents();
    }

    /// <param name="image">Image embedding plus dense prompt, <c>[P, E, S, S]</c>.</param>
    /// <param name="imagePositions"><c>[1, E, S, S]</c>.</param>
    /// <param name="tokens">Output and prompt tokens, <c>[P, N, E]</c>; also their own positions.</param>
    /// <returns>Tokens, <c>[P, N, E]</c>, and cells, <c>[P, S * S, E]</c>.</returns>
    public override (Tensor Tokens, Tensor Image) forward(Tensor image, Tensor imagePositions, Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor cells = image.flatten(2).transpose(1, 2);              // [P, S * S, E]
        Tensor positions = imagePositions.flatten(2).transpose(1, 2); // [1, S * S, E]
        Tensor queries = tokens;
        foreach (TwoWayBlock layer in layers)
        {
            (queries, cells) = layer.forward(queries, cells, tokens, positions);
        }

        Tensor attended = final_attn_token_to_image.forward(queries.Plus(tokens), cells.Plus(positions), cells);
        return (norm_final_attn.forward(queries.Plus(attended)).MoveToOuterDisposeScope(), cells.MoveToOuterDisposeScope());
    }
}
