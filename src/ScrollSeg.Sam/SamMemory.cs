namespace ScrollSeg.Sam;

/// <summary>What one forward pass holds, from the sizes of its tensors; the benchmark SamEncoder compares it with the
/// resident set.</summary>
internal static class SamMemory
{
    /// <summary>Bytes beyond the weights at the worst moment of a call on a batch of tiles, in float32.</summary>
    public static long WorkingBytes(SamConfig config, int tileCount, int side)
    {
        long view = 4L * config.ViewSide * config.ViewSide;
        long tokens = 4L * config.GridSide * config.GridSide;
        long low = 4L * config.LowResolutionSide * config.LowResolutionSide;

        long input = (4L * side * side * 3) + (6 * view); // grey, resized, normalised
        long encoder = Encoder(config, tokens);
        long decoder = (24 * tokens * config.EmbeddingWidth) + (low * (config.MaskTokens + (config.EmbeddingWidth / 2)));
        long output = 3L * 4 * side * side;
        return Fixed(config) + (tileCount * (input + Math.Max(encoder, decoder) + output));
    }

    /// <summary>Tokens, queries, keys and values, their windows, and an MLP's hidden layer, per tile.</summary>
    private static long Encoder(SamConfig config, long tokens)
    {
        double padding = Math.Pow(
            (double)Model.Windows.PaddedLength(config.GridSide, config.WindowSide) / config.GridSide, 2);
        double attention = config.Width * (5 + 3 + (6 * padding));
        double mlp = (4.0 * config.Width) + (2 * config.MlpWidth);
        return (long)(tokens * Math.Max(attention, mlp));
    }

    /// <summary>The bias of one band of queries and the matrix library's own buffers, whatever the batch.</summary>
    private static long Fixed(SamConfig config) => (3 * 4L * Model.Attention.BiasElements) + (16L << 20) + (4L * config.Width);
}
