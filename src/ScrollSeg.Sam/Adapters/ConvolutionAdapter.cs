using ScrollSeg.Sam.Model;
using TorchSharp;
using TorchSharp.Utils;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Adapters;

/// <summary>A learned mixture of k slices for each of the network's channels; begins as the mean of the slices.</summary>
internal sealed class ConvolutionAdapter : ChannelAdapter
{
    [ComponentName(Name = "mix")]
    private readonly Conv2d _mix; // [3, k, 1, 1]

    public ConvolutionAdapter(int channels)
        : base("conv")
    {
        _mix = Conv2d(channels, 3, kernel_size: 1);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _mix.weight!.copy_(ones(3, channels, 1, 1).Over(channels)).DetachFromDisposeScope();
        _mix.bias!.copy_(zeros(3)).DetachFromDisposeScope();
        RegisterComponents();
        Channels = (channels, channels);
    }

    /// <inheritdoc/>
    public override (int Least, int Most) Channels { get; }

    /// <summary>The tensors that a file must have for it, by key.</summary>
    public static IReadOnlyDictionary<string, long[]> Shapes(int channels) => new Dictionary<string, long[]>
    {
        ["mix.weight"] = [3, channels, 1, 1],
        ["mix.bias"] = [3],
    };

    /// <inheritdoc/>
    public override Tensor forward(Tensor slices) => _mix.call(slices);
}
