using System.Runtime.InteropServices;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Embeddings;
using ScrollSeg.Sam.Guards;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>
/// SAM as it goes through a volume. Without prompts: no sparse prompt, the no-mask embedding, and the decoder's first mask, the one
/// that it makes for prompts that leave no doubt; weights have to be trained for that, and SAM's own are not. With prompts for
/// each tile: <see cref="TilePromptDecoder"/>.
/// </summary>
/// <remarks>Holds the weights on one device.</remarks>
public sealed class SamSliceSegmenter : ISliceSegmenter
{
    private readonly SamNetwork _network;
    private readonly Device _device;
    private readonly ViewNormalisation _normalisation;
    private readonly SamTraining _training;
    private readonly EmbeddingCache? _cache;
    private readonly ChannelAdapter _adapter;
    private readonly ITileDecoder? _asked;
    private readonly BatchHalving _halving = new();

    internal SamSliceSegmenter(
        SamNetwork network,
        string identity,
        Device device,
        SamTraining? training = null,
        EmbeddingCache? cache = null,
        ChannelAdapter? adapter = null,
        ITilePrompts? prompts = null,
        ITileDecoder? decoder = null)
    {
        (_asked, Propagation) = (decoder ?? (prompts is null ? null : new TilePromptDecoder(network, prompts)), prompts as PropagatedPrompts);
        (_cache, _adapter) = (cache, adapter ?? new ReplicateAdapter());
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
    public string Prompts => _asked?.Identity ?? "none";

    /// <inheritdoc/>
    public bool IsAskedByPlace => _asked?.AsksByPlace == true;

    /// <inheritdoc/>
    public PropagatedPrompts? Propagation { get; }

    /// <inheritdoc/>
    public int MinChannels => _adapter.Channels.Least;

    /// <inheritdoc/>
    public int MaxChannels => _adapter.Channels.Most;

    /// <summary>Slices per tile that are planned. Default 1.</summary>
    internal int PlannedChannels { get; init; } = 1;

    /// <inheritdoc/>
    public long HalvedBatches => _halving.Count;

    /// <inheritdoc/>
    public string? Caution => _asked is not null
        ? CautionOf(_asked)
        : _training.WithoutPrompts
        ? _training.OnPhantomsOnly
            ? "These weights were trained on made-up scans (phantoms) only: on a real one, look at the masks before you trust them, "
                + $"and train on labels of your own with `scrollseg train` [{GuardName.PhantomsOnly}]."
            : null
        : "These weights do not say that they were trained without prompts, and SAM's own were not: a mask without prompts may be anything. "
            + $"Take it as a starting point for training, not as a result [{GuardName.UntrainedPromptless}].";

    /// <inheritdoc/>
    public long KeptBytesPerTile => _cache?.EntryBytes ?? 0;

    /// <summary>Tiles that went through the image encoder.</summary>
    internal long EncodedTiles { get; private set; }

    /// <summary>What scores a part of a batch, <c>[b, k, V, V]</c> to <c>[b, answers, V, V]</c>, both on the CPU; the number is the
    /// part's first tile. A test may put something before it.</summary>
    internal Func<Tensor, TileBatch, int, Tensor> Forward { get; set; }

    /// <inheritdoc/>
    public long WorkingBytes(int tileCount, int side)
    {
        // up to three slices are in the measured figure; each more is there as it came, resized, and converted
        long more = Math.Max(0, PlannedChannels - 3) + (_adapter.Answers(PlannedChannels) - 1);
        long view = (long)_network.Config.ViewSide * _network.Config.ViewSide;
        return SamMemory.WorkingBytes(_network.Config, tileCount, side)
            + (_asked?.WorkingBytes(side) ?? 0)
            + (4 * tileCount * KeptBytesPerTile)
            + (tileCount * more * sizeof(float) * ((3L * side * side) + (2 * view)));
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
        Tensor logits = _cache is null
            ? _halving.Run(GreyTiles.ToTensor(tiles), (part, first) => Forward(part, tiles, first)) // [B, answers, V, V]
            : SegmentWith(_cache, tiles);
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
        _asked?.Dispose();
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

    /// <summary>Takes the embeddings from the cache, or makes them and leaves them there. What was made in halves is not kept:
    /// its last bits may be those of another batch.</summary>
    /// <returns>Logits on the CPU, <c>[B, answers, V, V]</c>.</returns>
    private Tensor SegmentWith(EmbeddingCache cache, TileBatch tiles)
    {
        string[] keys = cache.KeysOf(tiles);
        if (cache.TryRead(keys, tiles.Count) is Tensor kept)
        {
            return _halving.Run(kept, (part, first) => Decode(part, tiles, first));
        }

        return _halving.Run(GreyTiles.ToTensor(tiles), (part, first) =>
        {
            Tensor embeddings = EmbeddingCache.Round(Encode(part, tiles));
            Tensor scores = Decode(embeddings, tiles, first);
            if (part.shape[0] == tiles.Count)
            {
                cache.Write(keys, embeddings);
            }

            return scores;
        });
    }

    private Tensor Score(Tensor part, TileBatch tiles, int first)
    {
        using DisposeScope scope = NewDisposeScope();
        return Decode(Encode(part, tiles), tiles, first).MoveToOuterDisposeScope();
    }

    /// <param name="part">What <see cref="GreyTiles.ToTensor"/> gave of some tiles, on the CPU, <c>[b, k, V, V]</c>.</param>
    /// <param name="tiles">Says what the voxels mean.</param>
    /// <returns>Embeddings on the device, <c>[b, E, S, S]</c>.</returns>
    private Tensor Encode(Tensor part, TileBatch tiles)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor grey = GreyTiles.ToGrey(part.to(_device), tiles);
        EncodedTiles += part.shape[0];
        return _adapter.Embed(_network, _normalisation, grey).MoveToOuterDisposeScope();
    }

    /// <param name="embeddings">On the device, <c>[b, E, S, S]</c>.</param>
    /// <param name="tiles">Says how many slices a tile has, where it lies, and its side.</param>
    /// <param name="first">Which of the tiles the first embedding is of.</param>
    /// <returns>Logits on the CPU, <c>[b, answers, V, V]</c>.</returns>
    private Tensor Decode(Tensor embeddings, TileBatch tiles, int first)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor masks = _asked is null
            ? _network.Decode(embeddings, new Prompts(embeddings.shape[0])).Masks.narrow(1, 0, 1)
            : _asked.Decode(embeddings, tiles, first);
        Tensor answers = _adapter.Cut(masks, tiles.Channels, _network.Config.ViewSide, tiles.Side);
        return answers.cpu().contiguous().MoveToOuterDisposeScope();
    }

    private string? CautionOf(ITileDecoder prompts)
    {
        string[] strange = [.. prompts.Kinds.Where(kind => _training.Prompts.Count > 0 && !_training.Prompts.Contains(kind))];
        return strange.Length == 0
            ? null
            : $"These weights say that they were trained with the prompts '{string.Join(" ", _training.Prompts)}', and are given {string.Join(" and ", strange)}: the masks may ignore them.";
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
