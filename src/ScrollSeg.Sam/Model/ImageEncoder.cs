using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// SAM's image encoder: a plain vision transformer (ViTDet, arXiv:2203.16527) whose blocks attend within windows but for
/// a few that see the whole grid. Follows <c>ImageEncoderViT</c> in segment_anything/modeling/image_encoder.py
/// (commit dca509f).
/// </summary>
internal sealed class ImageEncoder : Module<Tensor, Tensor>
{
    private readonly PatchEmbed patch_embed;
    private readonly Parameter pos_embed; // [1, S, S, C]
    private readonly ModuleList<EncoderBlock> blocks;
    private readonly Neck neck;

    public ImageEncoder(SamConfig config, ScalarType type = ScalarType.Float32)
        : base(nameof(ImageEncoder))
    {
        patch_embed = new PatchEmbed(config);
        pos_embed = Parameter(zeros(1, config.GridSide, config.GridSide, config.Width));
        blocks = new ModuleList<EncoderBlock>(
            [.. Enumerable.Range(0, config.Depth).Select(block => new EncoderBlock(config, config.AttentionSide(block), type))]);
        neck = new Neck(config);
        RegisterComponents();
    }

    /// <summary>Chooses the format of the blocks' products; the weights keep theirs.</summary>
    public void Multiply(ScalarType products)
    {
        foreach (EncoderBlock block in blocks)
        {
            block.Multiply(products);
        }
    }

    /// <summary>Encodes images.</summary>
    /// <param name="x">Normalised pixels, <c>[B, 3, V, V]</c>.</param>
    /// <returns>The image embedding, <c>[B, E, S, S]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return Encode(patch_embed.call(x)).MoveToOuterDisposeScope();
    }

    /// <summary>The patch embedding's weights; stay the module's.</summary>
    public (Tensor Weight, Tensor Bias) PatchWeights => patch_embed.Weights;

    /// <summary>Encodes patches that were embedded already.</summary>
    /// <param name="patches">Tokens, <c>[B, S, S, C]</c>.</param>
    /// <returns>The image embedding, <c>[B, E, S, S]</c>.</returns>
    public Tensor Encode(Tensor patches)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = patches.Plus(pos_embed);
        foreach (EncoderBlock block in blocks)
        {
            Tensor next = block.call(tokens);
            scope.DisposeEverythingBut(next); // one block's tokens at a time
            tokens = next;
        }

        return neck.call(tokens).MoveToOuterDisposeScope();
    }
}
