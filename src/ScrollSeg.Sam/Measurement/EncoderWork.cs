namespace ScrollSeg.Sam.Measurement;

/// <summary>How much there is to compute, from the architecture alone.</summary>
public static class EncoderWork
{
    /// <summary>Floating-point operations of the image encoder for one image, two per multiply-add, as the architecture needs
    /// them: without the padding of windows, norms and activations.</summary>
    public static double Operations(SamConfig config)
    {
        double tokens = (double)config.GridSide * config.GridSide;
        double total = tokens * 3 * config.PatchSide * config.PatchSide * config.Width;
        for (int block = 0; block < config.Depth; block++)
        {
            double keys = (double)config.AttentionSide(block) * config.AttentionSide(block);
            total += tokens * config.Width * ((4.0 * config.Width) + (2.0 * config.MlpWidth) + (2 * keys));
        }

        return 2 * (total + (tokens * config.EmbeddingWidth * (config.Width + (9.0 * config.EmbeddingWidth))));
    }
}
