using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Brings grey values of 0 to 255 to the scale on which a SAM was trained.</summary>
internal sealed class ViewNormalisation : IDisposable
{
    private readonly Tensor _mean; // [1, 3, 1, 1]
    private readonly Tensor _std;  // [1, 3, 1, 1]

    public ViewNormalisation(SamConfig config, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        _mean = tensor(config.PixelMean.ToArray(), [1, 3, 1, 1], device: device).DetachFromDisposeScope();
        _std = tensor(config.PixelStd.ToArray(), [1, 3, 1, 1], device: device).DetachFromDisposeScope();
    }

    /// <param name="grey">0 to 255, <c>[B, 3, H, W]</c>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public Tensor Apply(Tensor grey) => grey.Plus(_mean.neg()).div_(_std);

    public void Dispose()
    {
        _mean.Dispose();
        _std.Dispose();
    }
}
