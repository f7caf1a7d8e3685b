using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Adapters;

/// <summary>
/// Turns k grey slices into what a network that expects red, green and blue can take. Each begins so that k copies of a slice give
/// what the unchanged network says about the slice.
/// </summary>
/// <remarks>Letters: B tiles, k slices, V the side of a tile, S the side of the network's view. Learned ones are modules whose
/// parameters are trained and stored with the network's.</remarks>
internal abstract class ChannelAdapter : Module<Tensor, Tensor>
{
    /// <summary>First part of the keys of learned weights.</summary>
    public const string KeyPrefix = "adapter.";

    protected ChannelAdapter(string name)
        : base(name)
    {
    }

    /// <summary>Fewest and most slices that it takes.</summary>
    public abstract (int Least, int Most) Channels { get; }

    /// <summary>Answers per tile: 1, or one for each place of a montage.</summary>
    /// <param name="channels">Slices per tile, k.</param>
    public virtual int Answers(int channels) => 1;

    /// <summary>Which answer is the target's.</summary>
    /// <param name="ownChannel">The channel that shows the target itself.</param>
    public virtual int AnswerOf(int ownChannel) => 0;

    /// <summary>Makes the picture that the network sees.</summary>
    /// <param name="slices">0 to 255 and of the view's size, <c>[B, k, S, S]</c>.</param>
    /// <returns>0 to 255, <c>[B, 3, S, S]</c>.</returns>
    public abstract override Tensor forward(Tensor slices);

    /// <summary>The answer about one slice.</summary>
    /// <param name="map">What the network says of the picture, <c>[B, 1, h, h]</c>.</param>
    /// <param name="channel">The slice's channel.</param>
    /// <param name="channels">Slices per tile, k.</param>
    /// <param name="viewSide">S.</param>
    /// <returns>The map as it is; cut from where the slice is shown, <c>[B, 1, S, S]</c>, if there are several places.</returns>
    public Tensor AnswerAbout(Tensor map, int channel, int channels, int viewSide) => Answers(channels) == 1
        ? map
        : Cut(map, channels, viewSide, viewSide).narrow(1, AnswerOf(channel), 1);

    /// <summary>Makes of tiles what <see cref="SamNetwork.forward"/> takes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="normalisation">Its scale.</param>
    /// <param name="slices">0 to 255, <c>[B, k, V, V]</c>.</param>
    /// <returns>Normalised pixels, <c>[B, 3, S, S]</c>; or tokens, <c>[B, S / patch, S / patch, C]</c>.</returns>
    public virtual Tensor Prepare(SamNetwork network, ViewNormalisation normalisation, Tensor slices)
    {
        using DisposeScope scope = NewDisposeScope();
        return normalisation.Apply(forward(MapSize.Resize(slices, network.Config.ViewSide))).MoveToOuterDisposeScope();
    }

    /// <summary>Shows tiles to the network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="normalisation">Its scale.</param>
    /// <param name="slices">0 to 255, <c>[B, k, V, V]</c>.</param>
    /// <returns>Embeddings, <c>[B, E, S / patch, S / patch]</c>.</returns>
    public Tensor Embed(SamNetwork network, ViewNormalisation normalisation, Tensor slices)
    {
        using DisposeScope scope = NewDisposeScope();
        return network.forward(Prepare(network, normalisation, slices)).MoveToOuterDisposeScope();
    }

    /// <summary>Cuts the network's answer into those for the places of the picture.</summary>
    /// <param name="map">Of the whole picture, <c>[B, 1, h, h]</c>.</param>
    /// <param name="channels">Slices per tile, k.</param>
    /// <param name="viewSide">S.</param>
    /// <param name="side">V.</param>
    /// <returns><c>[B, answers, V, V]</c>.</returns>
    public virtual Tensor Cut(Tensor map, int channels, int viewSide, int side) => MapSize.Resize(map, side);

    /// <summary>Makes the adapter of a name.</summary>
    /// <param name="name">As <c>--adapter</c> takes it.</param>
    /// <param name="channels">Slices per tile, for those that are made for a number.</param>
    /// <param name="network">What it will serve: the beginning of what is learned is taken from it.</param>
    /// <exception cref="InvalidRequestException">There is no such adapter.</exception>
    public static ChannelAdapter Create(string name, int channels, SamNetwork network) => name switch
    {
        "replicate" => new ReplicateAdapter(),
        "rgb" => new RgbAdapter(),
        "montage" => new MontageAdapter(),
        "conv" => new ConvolutionAdapter(channels),
        "inflate" => new InflatedAdapter(channels, network.Config, network.PatchWeights),
        _ => throw new InvalidRequestException($"--adapter {name}: expected {string.Join(", ", SamTraining.KnownAdapters)}."),
    };
}
