using System.Runtime.InteropServices;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Model;
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

    internal SamSliceSegmenter(SamNetwork network, string identity, Device device)
    {
        (_network, Identity, _device) = (network, identity, device);
        _normalisation = new ViewNormalisation(network.Config, device);
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public ScoreKind Scores => ScoreKind.Logit;

    /// <inheritdoc/>
    public int? ViewSide => _network.Config.ViewSide;

    /// <inheritdoc/>
    public int MaxChannels => ReplicateAdapter.MaxChannels;

    /// <inheritdoc/>
    public long WorkingBytes(int tileCount, int side) => SamMemory.WorkingBytes(_network.Config, tileCount, side);

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
        Tensor logits = Score(GreyTiles.ToTensor(tiles).to(_device), tiles.Side).cpu().contiguous(); // [B, 1, V, V]
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            Span<float> target = scores.Slice(tile * pixels, pixels);
            MemoryMarshal.Cast<byte, float>(logits[tile].bytes).CopyTo(target);
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
        _network.Dispose();
    }

    /// <param name="grey">0 to 255, <c>[B, k, V, V]</c>.</param>
    /// <param name="side">V.</param>
    /// <returns>Logits, <c>[B, 1, V, V]</c>.</returns>
    private Tensor Score(Tensor grey, int side)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor view = _normalisation.Apply(ReplicateAdapter.Apply(Resize(grey, _network.Config.ViewSide)));
        Tensor embedding = _network.forward(view);
        (Tensor masks, Tensor _) = _network.Decode(embedding, new Prompts(grey.shape[0]));
        return Resize(masks.narrow(1, 0, 1), side).MoveToOuterDisposeScope();
    }

    private static Tensor Resize(Tensor map, int side) => map.shape[3] == side
        ? map.alias()
        : nn.functional.interpolate(
            map, [side, side], mode: InterpolationMode.Bilinear, align_corners: false, antialias: side < map.shape[3]);

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
