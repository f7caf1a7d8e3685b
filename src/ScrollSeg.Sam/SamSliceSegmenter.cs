using System.Runtime.InteropServices;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Guards;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>
/// SAM without prompts: no sparse prompt, the no-mask embedding, and the decoder's first mask, the one that it makes for
/// prompts that leave no doubt. Weights have to be trained for that; SAM's own are not.
/// </summary>
/// <remarks>Holds the weights on one device.</remarks>
public sealed class SamSliceSegmenter : ISliceSegmenter
{
    private readonly SamNetwork _network;
    private readonly Device _device;
    private readonly ViewNormalisation _normalisation;
    private readonly SamTraining _training;
    private readonly ChannelAdapter _adapter;
    private readonly BatchHalving _halving = new();

    internal SamSliceSegmenter(
        SamNetwork network, string identity, Device device, SamTraining? training = null, ChannelAdapter? adapter = null)
    {
        _adapter = adapter ?? new ReplicateAdapter();
        (_network, Identity, _device, _training) = (network, identity, device, training ?? new SamTraining());
        _normalisation = new ViewNormalisation(network.Config, device);
        Forward = Score;
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public ScoreKind Scores => ScoreKind.Logit;

    /// <inheritdoc/>
    public int? ViewSide => _network.Config.ViewSide;

    /// <inheritdoc/>
    public string Adapter => _adapter.GetName();

    /// <inheritdoc/>
    public int MinChannels => _adapter.Channels.Least;

    /// <inheritdoc/>
    public int MaxChannels => _adapter.Channels.Most;

    /// <summary>Slices per tile that are planned. Default 1.</summary>
    internal int PlannedChannels { get; init; } = 1;

    /// <inheritdoc/>
    public long HalvedBatches => _halving.Count;

    /// <inheritdoc/>
    public string? Caution => _training.WithoutPrompts
        ? null
        : "These weights do not say that they were trained without prompts, and SAM's own were not: a mask without prompts may be anything. "
            + $"Take it as a starting point for training, not as a result [{GuardName.UntrainedPromptless}].";

    /// <summary>What scores tiles, <c>[b, k, V, V]</c> and V to <c>[b, answers, V, V]</c>, both on the CPU. A test may put
    /// something before it.</summary>
    internal Func<Tensor, int, Tensor> Forward { get; set; }

    /// <inheritdoc/>
    public long WorkingBytes(int tileCount, int side)
    {
        // up to three slices are in the measured figure; each more is there as it came, resized, and converted
        long more = Math.Max(0, PlannedChannels - 3) + (_adapter.Answers(PlannedChannels) - 1);
        long view = (long)_network.Config.ViewSide * _network.Config.ViewSide;
        return SamMemory.WorkingBytes(_network.Config, tileCount, side) + (tileCount * more * sizeof(float) * ((3L * side * side) + (2 * view)));
    }

    /// <inheritdoc/>
    public void Segment(TileBatch tiles, Span<float> scores)
    {
        int pixels = tiles.Side * tiles.Side;
        if (scores.Length != (long)tiles.Count * pixels)
        {
            throw new ArgumentException(
                $"{tiles.Count} tiles of {tiles.Side} x {tiles.Side} voxels have {(long)tiles.Count * pixels} scores, not {scores.Length}.",
                nameof(scores));
        }

        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = _halving.Run(GreyTiles.ToTensor(tiles), part => Forward(part, tiles.Side)); // [B, answers, V, V]
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            Span<float> target = scores.Slice(tile * pixels, pixels);
            MemoryMarshal.Cast<byte, float>(AnswerFor(tiles, tile, logits[tile]).bytes).CopyTo(target);
            int nan = IndexOfNaN(target);
            if (nan >= 0)
            {
                throw new ArithmeticException(
                    $"SAM's score of tile {tile} is not a number at row {nan / tiles.Side}, column {nan % tiles.Side}.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _normalisation.Dispose();
        _adapter.Dispose();
        _network.Dispose();
    }

    /// <summary>The answer at the target's own place; where all speak for it, their mean.</summary>
    /// <returns><c>[V, V]</c>.</returns>
    private Tensor AnswerFor(TileBatch tiles, int tile, Tensor answers)
    {
        int? own = tiles.OwnChannels is null ? (tiles.Channels - 1) / 2 : tiles.OwnChannels[tile];
        return answers.shape[0] == 1 ? answers[0]
            : own is int channel ? answers[_adapter.AnswerOf(channel)].contiguous()
            : answers.mean([0]);
    }

    /// <param name="tiles">Grey values of 0 to 255 on the CPU, <c>[B, k, V, V]</c>.</param>
    /// <param name="side">V.</param>
    /// <returns>Logits on the CPU, <c>[B, answers, V, V]</c>.</returns>
    private Tensor Score(Tensor tiles, int side)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor grey = tiles.to(_device);
        Tensor embedding = _adapter.Embed(_network, _normalisation, grey);
        (Tensor masks, Tensor _) = _network.Decode(embedding, new Prompts(grey.shape[0]));
        Tensor answers = _adapter.Cut(masks.narrow(1, 0, 1), (int)grey.shape[1], _network.Config.ViewSide, side);
        return answers.cpu().contiguous().MoveToOuterDisposeScope();
    }

    private static int IndexOfNaN(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
