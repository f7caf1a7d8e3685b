namespace ScrollSeg.Sam.Checkpoints;

/// <summary>Every tensor that a SAM of a given configuration has, with its shape: what a checkpoint is held against
/// before a network is made.</summary>
internal sealed class SamKeys
{
    private readonly Dictionary<string, long[]> _shapes = [];

    private SamKeys(SamConfig config)
    {
        AddEncoder(config);
        AddPromptEncoder(config);
        AddDecoder(config);
    }

    /// <summary>The shapes by key.</summary>
    public static IReadOnlyDictionary<string, long[]> Of(SamConfig config) => new SamKeys(config)._shapes;

    /// <summary>Holds a checkpoint against a configuration.</summary>
    /// <exception cref="CheckpointException">Keys are missing or left over, or have other shapes.</exception>
    /// <param name="state">The checkpoint.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="more">What it must have besides, by key.</param>
    public static void Check(StateDict state, SamConfig config, IReadOnlyDictionary<string, long[]>? more = null)
    {
        IReadOnlyDictionary<string, long[]> expected = Of(config).Concat(more ?? new Dictionary<string, long[]>()).ToDictionary();
        string[] missing = [.. expected.Keys.Where(key => !state.Tensors.ContainsKey(key))];
        string[] left = [.. state.Tensors.Keys.Where(key => !expected.ContainsKey(key))];
        if (missing.Length > 0 || left.Length > 0)
        {
            throw state.Wrong("is no Segment Anything Model as published: "
                + $"missing {TensorIndex.Some(missing)}, left over {TensorIndex.Some(left)}.");
        }

        string[] others = [.. expected.Where(e => !e.Value.SequenceEqual(state.Tensors[e.Key].Shape))
            .Select(e => $"{e.Key} {state.Tensors[e.Key].ShapeText} instead of {StoredTensor.Text(e.Value)}")];
        if (others.Length > 0)
        {
            throw state.Wrong($"has tensors of shapes that do not fit each other: {TensorIndex.Some(others)}.");
        }
    }

    private void AddEncoder(SamConfig config)
    {
        (int width, int embedding) = (config.Width, config.EmbeddingWidth);
        const string Encoder = "image_encoder.";
        Add(Encoder + "pos_embed", 1, config.GridSide, config.GridSide, width);
        Add(Encoder + "patch_embed.proj.weight", width, 3, config.PatchSide, config.PatchSide);
        Add(Encoder + "patch_embed.proj.bias", width);
        for (int i = 0; i < config.Depth; i++)
        {
            string block = $"{Encoder}blocks.{i}.";
            long offsets = (2 * config.AttentionSide(i)) - 1;
            AddNorm(block + "norm1", width);
            AddLinear(block + "attn.qkv", width, 3 * width);
            AddLinear(block + "attn.proj", width, width);
            Add(block + "attn.rel_pos_h", offsets, width / config.Heads);
            Add(block + "attn.rel_pos_w", offsets, width / config.Heads);
            AddNorm(block + "norm2", width);
            AddLinear(block + "mlp.lin1", width, config.MlpWidth);
            AddLinear(block + "mlp.lin2", config.MlpWidth, width);
        }

        Add(Encoder + "neck.0.weight", embedding, width, 1, 1);
        AddNorm(Encoder + "neck.1", embedding);
        Add(Encoder + "neck.2.weight", embedding, embedding, 3, 3);
        AddNorm(Encoder + "neck.3", embedding);
    }

    private void AddPromptEncoder(SamConfig config)
    {
        (int width, int mask) = (config.EmbeddingWidth, config.MaskPromptWidth);
        const string Encoder = "prompt_encoder.";
        Add(Encoder + "pe_layer.positional_encoding_gaussian_matrix", 2, width / 2);
        for (int i = 0; i < 4; i++)
        {
            Add($"{Encoder}point_embeddings.{i}.weight", 1, width);
        }

        Add(Encoder + "not_a_point_embed.weight", 1, width);
        Add(Encoder + "no_mask_embed.weight", 1, width);
        AddConvolution(Encoder + "mask_downscaling.0", mask / 4, mask / 4, 1, 2);
        AddNorm(Encoder + "mask_downscaling.1", mask / 4);
        AddConvolution(Encoder + "mask_downscaling.3", mask, mask, mask / 4, 2);
        AddNorm(Encoder + "mask_downscaling.4", mask);
        AddConvolution(Encoder + "mask_downscaling.6", width, width, mask, 1);
    }

    private void AddDecoder(SamConfig config)
    {
        int width = config.EmbeddingWidth;
        const string Decoder = "mask_decoder.";
        for (int i = 0; i < config.DecoderDepth; i++)
        {
            string layer = $"{Decoder}transformer.layers.{i}.";
            AddAttention(layer + "self_attn", width, width);
            AddNorm(layer + "norm1", width);
            AddAttention(layer + "cross_attn_token_to_image", width, config.CrossAttentionWidth);
            AddNorm(layer + "norm2", width);
            AddLinear(layer + "mlp.lin1", width, config.DecoderMlpWidth);
            AddLinear(layer + "mlp.lin2", config.DecoderMlpWidth, width);
            AddNorm(layer + "norm3", width);
            AddNorm(layer + "norm4", width);
            AddAttention(layer + "cross_attn_image_to_token", width, config.CrossAttentionWidth);
        }

        AddAttention(Decoder + "transformer.final_attn_token_to_image", width, config.CrossAttentionWidth);
        AddNorm(Decoder + "transformer.norm_final_attn", width);
        Add(Decoder + "iou_token.weight", 1, width);
        Add(Decoder + "mask_tokens.weight", config.MaskTokens, width);
        AddConvolution(Decoder + "output_upscaling.0", width / 4, width, width / 4, 2);
        AddNorm(Decoder + "output_upscaling.1", width / 4);
        AddConvolution(Decoder + "output_upscaling.3", width / 8, width / 4, width / 8, 2);
        for (int i = 0; i < config.MaskTokens; i++)
        {
            AddMlp($"{Decoder}output_hypernetworks_mlps.{i}", width, width, width / 8, config.HyperDepth);
        }

        AddMlp(Decoder + "iou_prediction_head", width, config.IouHeadWidth, config.MaskTokens, config.IouHeadDepth);
    }

    private void AddAttention(string key, int width, int inner)
    {
        AddLinear(key + ".q_proj", width, inner);
        AddLinear(key + ".k_proj", width, inner);
        AddLinear(key + ".v_proj", width, inner);
        AddLinear(key + ".out_proj", inner, width);
    }

    private void AddMlp(string key, int width, int hidden, int output, int depth)
    {
        for (int i = 0; i < depth; i++)
        {
            AddLinear($"{key}.layers.{i}", i == 0 ? width : hidden, i == depth - 1 ? output : hidden);
        }
    }

    private void AddLinear(string key, int input, int output)
    {
        Add(key + ".weight", output, input);
        Add(key + ".bias", output);
    }

    private void AddNorm(string key, int width)
    {
        Add(key + ".weight", width);
        Add(key + ".bias", width);
    }

    private void AddConvolution(string key, int biases, int first, int second, int side)
    {
        Add(key + ".weight", first, second, side, side);
        Add(key + ".bias", biases);
    }

    private void Add(string key, params long[] shape) => _shapes.Add(key, shape);
}
