using ScrollSeg.Sam.Model;
using TorchSharp;
using TorchSharp.Utils;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Adapters;

/// <summary>
/// A patch embedding for k channels in place of the network's for three, learned from the sum of what that one does to grey, shared
/// out equally among the slices (Carreira and Zisserman, CVPR 2017, inflate filters so).
/// </summary>
internal sealed class InflatedAdapter : ChannelAdapter
{
    private const double Scale = 255; // grey values of 0 to 255 are shown as 0 to 1

    [ComponentName(Name = "proj")]
    private readonly Conv2d _proj; // [C, k, patch, patch]

    /// <param name="channels">Slices, k.</param>
    /// <param name="config">Sizes and scale of the network.</param>
    /// <param name="patch">The network's own patch embedding: weights <c>[C, 3, patch, patch]</c> and bias <c>[C]</c>.</param>
    public InflatedAdapter(int channels, SamConfig config, (Tensor Weight, Tensor Bias) patch)
        : base("inflate")
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        _proj = Conv2d(channels, config.Width, kernel_size: config.PatchSide, stride: config.PatchSide);

        // sum over c of W_c (g - mean_c) / std_c: a filter of grey and a constant. There is no padding: every patch is whole
        Tensor std = tensor(config.PixelStd.ToArray(), [1, 3, 1, 1]);
        Tensor mean = tensor(config.PixelMean.ToArray(), [1, 3, 1, 1]);
        Tensor scaled = patch.Weight.cpu().div(std);
        Tensor filter = scaled.sum(1, keepdim: true).Times(Scale / channels);
        _proj.weight!.copy_(filter.expand(-1, channels, -1, -1)).DetachFromDisposeScope();
        _proj.bias!.copy_(patch.Bias.cpu().Plus(scaled.mul(mean).sum([1L, 2, 3]).neg())).DetachFromDisposeScope();
        RegisterComponents();
        Channels = (channels, channels);
    }

    /// <inheritdoc/>
    public override (int Least, int Most) Channels { get; }

    /// <summary>The tensors that a file must have for it, by key.</summary>
    public static IReadOnlyDictionary<string, long[]> Shapes(SamConfig config, int channels) => new Dictionary<string, long[]>
    {
        ["proj.weight"] = [config.Width, channels, config.PatchSide, config.PatchSide],
        ["proj.bias"] = [config.Width],
    };

    /// <summary>Embeds the patches.</summary>
    /// <param name="slices">0 to 255, <c>[B, k, S, S]</c>.</param>
    /// <returns>Tokens, <c>[B, S / patch, S / patch, C]</c>.</returns>
    public override Tensor forward(Tensor slices)
    {
        using DisposeScope scope = NewDisposeScope();
        return _proj.call(slices.Over(Scale)).permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Prepare(SamNetwork network, ViewNormalisation normalisation, Tensor slices)
    {
        using DisposeScope scope = NewDisposeScope();
        return forward(MapSize.Resize(slices, network.Config.ViewSide)).MoveToOuterDisposeScope();
    }
}
