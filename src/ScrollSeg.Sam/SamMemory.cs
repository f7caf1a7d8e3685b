namespace ScrollSeg.Sam;

/// <summary>What one forward pass holds, from the sizes of its tensors; the benchmark sam-memory compares it with the
/// resident set.</summary>
internal static class SamMemory
{
    /// <summary>The bias of one band of queries, twice while it is made, and what libtorch sets aside on its first call.
    /// Measured on 2 cores with vit_b: 576, 1094 and 1627 MB for batches of 1, 2 and 4.</summary>
    private const long Fixed = (5 * 4L * Model.Attention.MaxBandElements) + (16L << 20);

    /// <summary>The C library keeps freed blocks of up to 32 MB for the next call; from the same measurement.</summary>
    private const double Kept = 1.6;

    /// <summary>Bytes beyond the weights at the worst moment of a call on a batch of tiles, in float32.</summary>
    public static long WorkingBytes(SamConfig config, int tileCount, int side)
    {
        long view = 4L * config.ViewSide * config.ViewSide;
        long tokens = 4L * config.GridSide * config.GridSide;
        long low = 4L * config.LowResolutionSide * config.LowResolutionSide;

        long input = (4L * side * side * 3) + (6 * view); // grey, resized, normalised
        long encoder = Encoder(config, tokens);
        long decoder = Decoder(config, tokens, low);
        long output = 3L * 4 * side * side;
        return Fixed + (long)(Kept * tileCount * (input + Math.Max(encoder, decoder) + output));
    }

    /// <summary>Bytes of the decoder's answers to several sets of prompts at once.</summary>
    public static long DecoderBytes(SamConfig config, int prompts) => (long)(Kept * prompts * Decoder(
        config, 4L * config.GridSide * config.GridSide, 4L * config.LowResolutionSide * config.LowResolutionSide));

    private static long Decoder(SamConfig config, long tokens, long low) =>
        (24 * tokens * config.EmbeddingWidth) + (low * (config.MaskTokens + (config.EmbeddingWidth / 2)));

    /// <summary>Tokens, queries, keys and values, their windows, and an MLP's hidden layer, per tile.</summary>
    private static long Encoder(SamConfig config, long tokens)
    {
        double padding = Math.Pow(
            (double)Model.Windows.PaddedLength(config.GridSide, config.WindowSide) / config.GridSide, 2);
        double attention = config.Width * (5 + 3 + (6 * padding));
        double mlp = (4.0 * config.Width) + (2 * config.MlpWidth);
        return (long)(tokens * Math.Max(attention, mlp));
    }
}
