using static TorchSharp.torch;

namespace ScrollSeg.Sam.Adapters;

/// <summary>
/// Shows one to three grey slices to a network that expects red, green and blue. One slice stands thrice, as grey images
/// do in SAM's own training; two stand as first, mean, second, so that the middle channel is the depth between them;
/// three stand as they are.
/// </summary>
internal sealed class ReplicateAdapter() : ChannelAdapter("replicate")
{
    /// <inheritdoc/>
    public override (int Least, int Most) Channels => (1, 3);

    /// <inheritdoc/>
    public override Tensor forward(Tensor slices) => slices.shape[1] switch
    {
        1 => slices.expand(-1, 3, -1, -1),
        2 => cat([slices.narrow(1, 0, 1), slices.mean([1], keepdim: true), slices.narrow(1, 1, 1)], 1),
        3 => slices.alias(),
        _ => throw new ArgumentException($"{slices.shape[1]} slices do not fit into 3 channels.", nameof(slices)),
    };
}
