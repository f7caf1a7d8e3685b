namespace ScrollSeg.Sam.Training;

/// <summary>SAM's architecture at a size that a processor can train.</summary>
public static class SmallNetwork
{
    /// <summary>Two million parameters at a width of 128 and a depth of 6.</summary>
    /// <param name="view">Pixels along the view's side.</param>
    /// <param name="patch">Pixels along a patch's side; masks keep a quarter of it. 8 keeps what is 2 voxels thick.</param>
    /// <param name="width">Channels of the encoder; divisible by 4.</param>
    /// <param name="depth">Blocks of the encoder, of which the last sees the whole view.</param>
    public static SamConfig Create(int view = 256, int patch = 8, int width = 128, int depth = 6) => new()
    {
        ViewSide = view,
        PatchSide = patch,
        Width = width,
        Depth = depth,
        Heads = 4,
        GlobalBlocks = [depth - 1],
        WindowSide = 8,
        EmbeddingWidth = 128,
        DecoderHeads = 4,
        DecoderMlpWidth = 256,
        IouHeadWidth = 64,
        PixelMean = [110, 110, 110],
        PixelStd = [55, 55, 55],
    };
}
