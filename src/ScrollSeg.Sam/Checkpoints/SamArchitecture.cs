using System.Globalization;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>Reads a SAM's configuration from the shapes of its tensors.</summary>
internal static class SamArchitecture
{
    /// <summary>What shapes do not say comes from the file's metadata, else it is as in every published SAM.</summary>
    /// <exception cref="CheckpointException">The tensors are not those of a SAM.</exception>
    public static SamConfig Read(StateDict state, IReadOnlyDictionary<string, string> metadata)
    {
        IReadOnlyList<long> patch = state.Shape("image_encoder.patch_embed.proj.weight", 4);     // [C, 3, p, p]
        IReadOnlyList<long> position = state.Shape("image_encoder.pos_embed", 4);                // [1, S, S, C]
        IReadOnlyList<long> mlp = state.Shape("image_encoder.blocks.0.mlp.lin1.weight", 2);      // [hidden, C]
        IReadOnlyList<long> cross = state.Shape(
            "mask_decoder.transformer.layers.0.cross_attn_token_to_image.q_proj.weight", 2);     // [inner, E]
        int grid = (int)position[1];
        int depth = state.Parts("image_encoder.blocks.#.norm1.weight");

        SamConfig config = new()
        {
            ViewSide = checked(grid * (int)patch[2]),
            PatchSide = (int)patch[2],
            Width = (int)patch[0],
            Depth = depth,
            Heads = Heads(state, (int)patch[0]),
            GlobalBlocks = [.. Enumerable.Range(0, depth).Where(block => Side(state, block) == grid)],
            WindowSide = WindowSide(state, depth, grid),
            MlpWidth = (int)mlp[0],
            EmbeddingWidth = (int)state.Shape("image_encoder.neck.0.weight", 4)[0],
            MaskPromptWidth = (int)state.Shape("prompt_encoder.mask_downscaling.3.weight", 4)[0],
            DecoderDepth = state.Parts("mask_decoder.transformer.layers.#.norm1.weight"),
            DecoderMlpWidth = (int)state.Shape("mask_decoder.transformer.layers.0.mlp.lin1.weight", 2)[0],
            CrossAttentionWidth = (int)cross[0],
            MaskTokens = (int)state.Shape("mask_decoder.mask_tokens.weight", 2)[0],
            HyperDepth = state.Parts("mask_decoder.output_hypernetworks_mlps.0.layers.#.weight"),
            IouHeadDepth = state.Parts("mask_decoder.iou_prediction_head.layers.#.weight"),
            IouHeadWidth = (int)state.Shape("mask_decoder.iou_prediction_head.layers.0.weight", 2)[0],
        };
        config = SamMetadata.Apply(config, metadata, state);
        Check(config, state);
        return config;
    }

    /// <summary>A head's width is that of its relative positions.</summary>
    private static int Heads(StateDict state, int width)
    {
        int headWidth = (int)state.Shape("image_encoder.blocks.0.attn.rel_pos_h", 2)[1];
        return width % headWidth == 0
            ? width / headWidth
            : throw state.Wrong($"has heads of width {headWidth}, which does not divide the encoder's width {width}.");
    }

    /// <summary>A table of offsets for a square of side s has 2s - 1 rows.</summary>
    private static int Side(StateDict state, int block) => (int)(state.Shape(
        StateDict.Part("image_encoder.blocks.#.attn.rel_pos_h", block), 2)[0] + 1) / 2;

    private static int WindowSide(StateDict state, int depth, int grid)
    {
        int[] sides = [.. Enumerable.Range(0, depth).Select(block => Side(state, block)).Where(side => side != grid).Distinct()];
        return sides.Length switch
        {
            0 => grid,
            1 => sides[0],
            _ => throw state.Wrong("attends within windows of several sizes ("
                + string.Join(", ", sides.Select(side => side.ToString(CultureInfo.InvariantCulture))) + "), which no SAM does."),
        };
    }

    /// <summary>What no single shape can contradict, but two can.</summary>
    private static void Check(SamConfig config, StateDict state)
    {
        if (config.DecoderHeads < 1 || config.EmbeddingWidth % config.DecoderHeads != 0
            || config.CrossAttentionWidth % config.DecoderHeads != 0)
        {
            throw state.Wrong($"would split a decoder of width {config.EmbeddingWidth} (cross attention "
                + $"{config.CrossAttentionWidth}) into {config.DecoderHeads} heads.");
        }

        if (config.EmbeddingWidth % 8 != 0 || config.MaskPromptWidth % 4 != 0)
        {
            throw state.Wrong($"has an embedding of width {config.EmbeddingWidth} and mask prompts of width "
                + $"{config.MaskPromptWidth}; they must divide by 8 and by 4.");
        }
    }
}
