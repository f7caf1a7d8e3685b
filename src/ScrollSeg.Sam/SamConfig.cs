namespace ScrollSeg.Sam;

/// <summary>The numbers that make one SAM differ from another. Defaults: what vit_b, vit_l and vit_h share.</summary>
/// <remarks>Source: segment_anything/build_sam.py (commit dca509f).</remarks>
public sealed record SamConfig
{
    /// <summary>ViT-Base: 94 million parameters.</summary>
    public static SamConfig VitB { get; } = new() { Width = 768, Depth = 12, Heads = 12, GlobalBlocks = [2, 5, 8, 11] };

    /// <summary>ViT-Large: 312 million parameters.</summary>
    public static SamConfig VitL { get; } = new() { Width = 1024, Depth = 24, Heads = 16, GlobalBlocks = [5, 11, 17, 23] };

    /// <summary>ViT-Huge: 641 million parameters.</summary>
    public static SamConfig VitH { get; } = new() { Width = 1280, Depth = 32, Heads = 16, GlobalBlocks = [7, 15, 23, 31] };

    /// <summary>A published size by its name: <c>vit_b</c>, <c>vit_l</c>, <c>vit_h</c>; <see langword="null"/> for any other.</summary>
    public static SamConfig? OfName(string name) => name switch
    {
        "vit_b" => VitB,
        "vit_l" => VitL,
        "vit_h" => VitH,
        _ => null,
    };

    /// <summary>Pixels along each side of the square that the network sees. Default 1024.</summary>
    public int ViewSide { get; init; } = 1024;

    /// <summary>Pixels along each side of a patch, which becomes one token. Default 16.</summary>
    public int PatchSide { get; init; } = 16;

    /// <summary>Channels of the encoder's tokens.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks in the encoder.</summary>
    public required int Depth { get; init; }

    /// <summary>Attention heads in each block of the encoder; divides <see cref="Width"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Indices of the blocks that attend to the whole grid; the others attend within windows.</summary>
    public required IReadOnlyList<int> GlobalBlocks { get; init; }

    /// <summary>Tokens along each side of an attention window. Default 14.</summary>
    public int WindowSide { get; init; } = 14;

    /// <summary>Channels within an encoder block's MLP; 0 means four times <see cref="Width"/>. Default 0.</summary>
    public int MlpWidth
    {
        get => field == 0 ? 4 * Width : field;
        init;
    }

    /// <summary>Channels of the image embedding and of the decoder's tokens. Default 256.</summary>
    public int EmbeddingWidth { get; init; } = 256;

    /// <summary>Channels between the convolutions that take a mask as prompt; divisible by 4. Default 16.</summary>
    public int MaskPromptWidth { get; init; } = 16;

    /// <summary>Layers of the two-way transformer. Default 2.</summary>
    public int DecoderDepth { get; init; } = 2;

    /// <summary>Attention heads of the two-way transformer; no shape in a checkpoint says it. Default 8.</summary>
    public int DecoderHeads { get; init; } = 8;

    /// <summary>Channels within the two-way transformer's MLPs. Default 2048.</summary>
    public int DecoderMlpWidth { get; init; } = 2048;

    /// <summary>Channels within its cross attention; 0 means half of <see cref="EmbeddingWidth"/>. Default 0.</summary>
    public int CrossAttentionWidth
    {
        get => field == 0 ? EmbeddingWidth / 2 : field;
        init;
    }

    /// <summary>Masks that the decoder makes: one for clear prompts, the others for ambiguous ones. Default 4.</summary>
    public int MaskTokens { get; init; } = 4;

    /// <summary>Layers of each mask's hypernetwork. Default 3.</summary>
    public int HyperDepth { get; init; } = 3;

    /// <summary>Layers of the head that predicts each mask's IoU. Default 3.</summary>
    public int IouHeadDepth { get; init; } = 3;

    /// <summary>Channels within that head. Default 256.</summary>
    public int IouHeadWidth { get; init; } = 256;

    /// <summary>Added to the variance in the encoder's norms and in those over channels of a map. Default 1e-6.</summary>
    public double EncoderNormEpsilon { get; init; } = 1e-6;

    /// <summary>Added to the variance in the two-way transformer's norms. Default 1e-5, PyTorch's own.</summary>
    public double DecoderNormEpsilon { get; init; } = 1e-5;

    /// <summary>Subtracted from each channel, in grey values 0 to 255. Default: ImageNet's.</summary>
    public IReadOnlyList<float> PixelMean { get; init; } = [123.675f, 116.28f, 103.53f];

    /// <summary>Divides each channel after that. Default: ImageNet's.</summary>
    public IReadOnlyList<float> PixelStd { get; init; } = [58.395f, 57.12f, 57.375f];

    /// <summary>Logits above it are mask. Default 0.</summary>
    public float MaskThreshold { get; init; }

    /// <summary>Whether prompts refine what the network sees without them, rather than begin with nothing. SAM's own weights have
    /// not learned that. Default no.</summary>
    public bool GuessesFirst { get; init; }

    /// <summary>Tokens along each side of the view.</summary>
    public int GridSide => ViewSide / PatchSide;

    /// <summary>Pixels along each side of the masks as the decoder makes them: it enlarges the grid fourfold.</summary>
    public int LowResolutionSide => 4 * GridSide;

    /// <summary>Tokens along each side of the square within which a block attends.</summary>
    public int AttentionSide(int block) => GlobalBlocks.Contains(block) ? GridSide : WindowSide;
}
