using static TorchSharp.torch;

namespace ScrollSeg.Sam.Adapters;

/// <summary>A tuple of three slices as red, green and blue, in its order.</summary>
internal sealed class RgbAdapter() : ChannelAdapter("rgb")
{
    /// <inheritdoc/>
    public override (int Least, int Most) Channels => (3, 3);

    /// <inheritdoc/>
    public override Tensor forward(Tensor slices) => slices.shape[1] == 3
        ? slices.alias()
        : throw new ArgumentException($"{slices.shape[1]} slices are not red, green and blue.", nameof(slices));
}
