using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Turns clicks and boxes into tokens, and a mask into a map. Follows <c>PromptEncoder</c> in
/// segment_anything/modeling/prompt_encoder.py (commit dca509f).
/// </summary>
internal sealed class PromptEncoder : Module<Prompts, (Tensor Sparse, Tensor Dense)>
{
    private const int TopLeft = 2;
    private const int BottomRight = 3;

    private readonly PositionEmbedding pe_layer;
    private readonly ModuleList<Embedding> point_embeddings; // background, foreground, top left, bottom right
    private readonly Embedding not_a_point_embed;
    private readonly Embedding no_mask_embed;
    private readonly MaskDownscaling mask_downscaling;
    private readonly int viewSide;
    private readonly int gridSide;

    public PromptEncoder(SamConfig config)
        : base(nameof(PromptEncoder))
    {
        int width = config.EmbeddingWidth;
        viewSide = config.ViewSide;
        gridSide = config.GridSide;
        pe_layer = new PositionEmbedding(width);
        point_embeddings = new ModuleList<Embedding>([.. Enumerable.Range(0, 4).Select(_ => Embedding(1, width))]);
        not_a_point_embed = Embedding(1, width);
        no_mask_embed = Embedding(1, width);
        mask_downscaling = new MaskDownscaling(config);
        RegisterComponents();
    }

    /// <summary>The positions of the image embedding's cells, <c>[1, E, S, S]</c>.</summary>
    public Tensor DensePositions() => pe_layer.Grid(gridSide);

    /// <summary>Embeds prompts.</summary>
    /// <returns>Tokens, <c>[P, N, E]</c>, where N may be 0, and a map, <c>[P, E, S, S]</c>.</returns>
    public override (Tensor Sparse, Tensor Dense) forward(Prompts prompts)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> tokens = [];
        if (prompts.Points is not null && prompts.Labels is not null)
        {
            tokens.Add(EmbedPoints(prompts.Points, prompts.Labels, pad: prompts.Boxes is null));
        }

        if (prompts.Boxes is not null)
        {
            tokens.Add(EmbedBoxes(prompts.Boxes));
        }

        Tensor noMask = no_mask_embed.weight!;
        Tensor sparse = tokens.Count > 0
            ? cat(tokens, 1)
            : empty([prompts.Count, 0, noMask.shape[1]], device: noMask.device, dtype: noMask.dtype);
        Tensor without = noMask.view(1, -1, 1, 1).expand(prompts.Count, -1, gridSide, gridSide);
        Tensor dense = prompts.Masks is null ? without
            : prompts.IsMask is null ? mask_downscaling.forward(prompts.Masks)
            : where(prompts.IsMask, mask_downscaling.forward(prompts.Masks), without);
        return (sparse.MoveToOuterDisposeScope(), dense.MoveToOuterDisposeScope());
    }

    /// <param name="points">(x, y) in pixels of the view, <c>[P, N, 2]</c>.</param>
    /// <param name="labels">1 foreground, 0 background, -1 no point, <c>[P, N]</c>.</param>
    /// <param name="pad">Whether to add a token for "no point", as SAM does where there is no box.</param>
    private Tensor EmbedPoints(Tensor points, Tensor labels, bool pad)
    {
        Tensor centres = points.Plus(0.5); // a pixel's centre
        if (pad)
        {
            centres = cat([centres, zeros_like(centres.narrow(1, 0, 1))], 1);
            labels = cat([labels, -ones_like(labels.narrow(1, 0, 1))], 1);
        }

        Tensor kind = labels.unsqueeze(-1);
        Tensor token = where(kind.Is(-1), not_a_point_embed.weight!, pe_layer.forward(centres.Over(viewSide)));
        token = token.Plus(kind.Is(0).to(token.dtype) * point_embeddings[0].weight!);
        return token.Plus(kind.Is(1).to(token.dtype) * point_embeddings[1].weight!);
    }

    /// <param name="boxes">(x0, y0, x1, y1) in pixels of the view, <c>[P, 4]</c>.</param>
    private Tensor EmbedBoxes(Tensor boxes)
    {
        Tensor corners = pe_layer.forward(boxes.view(-1, 2, 2).Plus(0.5).Over(viewSide));
        return corners.Plus(stack([point_embeddings[TopLeft].weight!, point_embeddings[BottomRight].weight!], 1));
    }
}
