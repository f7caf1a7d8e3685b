using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Makes masks of an image embedding and embedded prompts. Follows <c>MaskDecoder</c> in
/// segment_anything/modeling/mask_decoder.py (commit dca509f).
/// </summary>
internal sealed class MaskDecoder : Module<Tensor, Tensor, Tensor, Tensor, (Tensor Masks, Tensor Iou)>
{
    private readonly TwoWayTransformer transformer;
    private readonly Embedding iou_token;
    private readonly Embedding mask_tokens;
    private readonly OutputUpscaling output_upscaling;
    private readonly ModuleList<HyperMlp> output_hypernetworks_mlps;
    private readonly HyperMlp iou_prediction_head;
    private readonly int maskTokens;

    public MaskDecoder(SamConfig config)
        : base(nameof(MaskDecoder))
    {
        int width = config.EmbeddingWidth;
        maskTokens = config.MaskTokens;
        transformer = new TwoWayTransformer(config);
        iou_token = Embedding(1, width);
        mask_tokens = Embedding(maskTokens, width);
        output_upscaling = new OutputUpscaling(config);
        output_hypernetworks_mlps = new ModuleList<HyperMlp>([.. Enumerable.Range(0, maskTokens).Select(_ =>
            new HyperMlp(width, hidden: width, output: width / 8, config.HyperDepth))]);
        iou_prediction_head = new HyperMlp(width, config.IouHeadWidth, output: maskTokens, config.IouHeadDepth);
        RegisterComponents();
    }

    /// <summary>Makes all masks; which of them answer the prompt is the caller's choice.</summary>
    /// <param name="image">Image embedding, <c>[1, E, S, S]</c> for all prompts or <c>[P, E, S, S]</c>.</param>
    /// <param name="imagePositions"><c>[1, E, S, S]</c>.</param>
    /// <param name="sparse">Prompt tokens, <c>[P, N, E]</c>.</param>
    /// <param name="dense">Prompt maps, <c>[P, E, S, S]</c>.</param>
    /// <returns>Logits, <c>[P, T, 4S, 4S]</c>, and each mask's predicted IoU, <c>[P, T]</c>.</returns>
    public override (Tensor Masks, Tensor Iou) forward(Tensor image, Tensor imagePositions, Tensor sparse, Tensor dense)
    {
        using DisposeScope scope = NewDisposeScope();
        (long count, long width, long side) = (sparse.shape[0], image.shape[1], image.shape[3]);

        Tensor output = cat([iou_token.weight!, mask_tokens.weight!], 0).unsqueeze(0).expand(count, -1, -1);
        Tensor tokens = cat([output, sparse], 1); // [P, 1 + T + N, E]
        (Tensor answers, Tensor cells) = transformer.forward(image.Plus(dense), imagePositions, tokens);

        Tensor map = output_upscaling.forward(cells.transpose(1, 2).reshape(count, width, side, side));
        Tensor weights = stack(
            output_hypernetworks_mlps.Select((mlp, mask) => mlp.forward(answers.select(1, 1 + mask))), 1); // [P, T, E / 8]
        Tensor masks = weights.bmm(map.flatten(2)).view(count, maskTokens, 4 * side, 4 * side);
        Tensor iou = iou_prediction_head.forward(answers.select(1, 0));
        return (masks.MoveToOuterDisposeScope(), iou.MoveToOuterDisposeScope());
    }
}
