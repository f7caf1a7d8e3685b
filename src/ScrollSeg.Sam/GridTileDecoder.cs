using System.Globalization;
using ScrollSeg.Sam.AutomaticMasks;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Finds everything in each tile as <see cref="MaskGenerator"/> does in an image, keeps what a rule calls foreground, and
/// answers at each pixel with the surest of it.</summary>
/// <remarks>Masks are chosen at the tile's own resolution; the answer has the network's.</remarks>
internal sealed class GridTileDecoder : ITileDecoder
{
    /// <summary>Clicks that are answered at once: few, since a run's memory is planned.</summary>
    private const int PointsAtOnce = 16;

    private readonly SamPredictor _predictor;
    private readonly GridRule _rule;
    private readonly MaskGeneratorSettings _settings;
    private readonly Lazy<double> _voxelLevel;
    private readonly Action<string> _note;
    private (long Tiles, long Found, long Kept) _seen;

    /// <param name="network">The network; stays the caller's.</param>
    /// <param name="identity">Of the weights.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="rule">What is asked, and what is foreground.</param>
    /// <param name="settings">The volume's histogram, for a level that the rule does not say; asked for with the first tile. And who is
    /// told if nothing is ever foreground.</param>
    public GridTileDecoder(SamNetwork network, string identity, Device device, GridRule rule, ModelSettings settings)
    {
        (_predictor, _rule, _note) = (new SamPredictor(network, identity, device), rule, settings.Note);
        Lazy<VolumeHistogram>? histogram = settings.Histogram;
        _settings = new MaskGeneratorSettings
        {
            PointsPerSide = rule.PointsPerSide,
            PointsPerBatch = PointsAtOnce,
            PredictedIoUThreshold = rule.LeastIoU,
            StabilityThreshold = rule.LeastStability,
        };
        _voxelLevel = new Lazy<double>(() => histogram is null
            ? throw new InvalidOperationException("Otsu's threshold needs the volume's histogram.")
            : histogram.Value.Total > 0 ? OtsuThreshold.Of(histogram.Value) : double.NaN);
    }

    /// <inheritdoc/>
    public string Identity => _rule.ToString();

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds => ["point"];

    /// <inheritdoc/>
    public bool AsksByPlace => false;

    /// <inheritdoc/>
    public long WorkingBytes(int side)
    {
        SamConfig config = _predictor.Config;
        long enlarged = CropMasks.LogitsAtOnce(config, (long)side * side, PointsAtOnce * Math.Max(1, config.MaskTokens - 1));
        long masks = 2048L * config.MaskTokens * _rule.PointsPerSide * _rule.PointsPerSide; // run lengths
        return SamMemory.DecoderBytes(config, PointsAtOnce) + (3 * sizeof(float) * enlarged) + masks + ((long)side * side * sizeof(float));
    }

    /// <inheritdoc/>
    public Tensor Decode(Tensor embeddings, TileBatch tiles, int first)
    {
        using DisposeScope scope = NewDisposeScope();
        int low = _predictor.Config.LowResolutionSide;
        List<Tensor> answers = [];
        for (int i = 0; i < embeddings.shape[0]; i++)
        {
            int tile = first + i;
            answers.Add((tile < tiles.Wanted ? Foreground(embeddings.narrow(0, i, 1), tiles, tile) : null)
                ?? TilePromptDecoder.Nothing(low, embeddings.device));
        }

        return cat(answers, 0).MoveToOuterDisposeScope();
    }

    /// <summary>The network stays: it is the segmenter's.</summary>
    public void Dispose()
    {
        if (_seen is { Tiles: > 0, Kept: 0 })
        {
            _note(string.Create(
                CultureInfo.InvariantCulture,
                $"No automatic mask is foreground: of {_seen.Tiles * _rule.PointsPerSide * _rule.PointsPerSide} clicks in {_seen.Tiles} tiles {_seen.Found} masks came through iou={_rule.LeastIoU} and stability={_rule.LeastStability}, and none of them has the grey and the area of keep, level, min-area and max-area. These weights may be less sure of themselves than SAM's: try lower ones."));
        }

        _predictor.ReleaseTensors();
    }

    /// <returns><c>[1, 1, 4S, 4S]</c>; <see langword="null"/> if nothing is foreground.</returns>
    private Tensor? Foreground(Tensor embedding, TileBatch tiles, int tile)
    {
        using DisposeScope scope = NewDisposeScope();
        (int side, int view) = (tiles.Side, _predictor.Config.ViewSide);
        SamImageEmbedding image = new(embedding, side, side, view, view);
        float[] grey = GreyOf(tiles, tile, out double level);
        List<AutomaticMask> found = MaskGenerator.OfCrop(_predictor, image, new PixelBox(0, 0, side, side), (side, side), 0, _settings);
        AutomaticMask[] kept = [.. found.Where(mask => _rule.Keeps(mask.Area, (long)side * side, MeanOf(mask, grey, side), level))];
        _seen = (_seen.Tiles + 1, _seen.Found + found.Count, _seen.Kept + kept.Length);
        Tensor? surest = null;
        foreach (AutomaticMask[] some in kept.Chunk(PointsAtOnce))
        {
            Tensor answer = Again(image, some);
            surest = surest is null ? answer : maximum(surest, answer);
        }

        return surest?.MoveToOuterDisposeScope();
    }

    /// <summary>Asks once more where the masks came from: hundreds of answers are not kept for the few that are foreground.</summary>
    /// <returns><c>[1, 1, 4S, 4S]</c>.</returns>
    private Tensor Again(SamImageEmbedding image, AutomaticMask[] masks)
    {
        (Tensor low, _) = _predictor.Decode([.. masks.Select(mask => CropMasks.QuestionAt(image, mask.Point))], multimask: true);
        Tensor chosen = tensor(masks.Select(mask => (long)mask.Answer).ToArray(), [masks.Length, 1, 1, 1], device: low.device);
        return low.gather(1, chosen.expand(-1, -1, low.shape[2], low.shape[3])).amax([0], keepdim: true);
    }

    private static double MeanOf(AutomaticMask mask, float[] grey, int side)
    {
        double sum = 0;
        foreach ((int start, int length) in mask.Mask.InsideRuns())
        {
            for (int at = start; at < start + length; at++)
            {
                (int x, int y) = Math.DivRem(at, side);
                sum += grey[(y * side) + x];
            }
        }

        return sum / mask.Area;
    }

    /// <summary>What the network sees of the target's own slice, 0 to 255, <c>[V, V]</c>; of several that all speak for it, of the
    /// middle one.</summary>
    /// <param name="tiles">The voxels.</param>
    /// <param name="tile">Which tile.</param>
    /// <param name="level">The level of the rule, on the same scale.</param>
    private float[] GreyOf(TileBatch tiles, int tile, out double level)
    {
        int plane = (tile * tiles.Channels) + (tiles.OwnChannels?[tile] ?? ((tiles.Channels - 1) / 2));
        IntensityRange range = tiles.RangeOf(plane);
        level = _rule.Level ?? (_rule.Keep == GridSide.All ? 0 : range.Apply(_voxelLevel.Value));
        float[] grey = new float[tiles.Side * tiles.Side];
        double[] row = new double[tiles.Side];
        for (int y = 0; y < tiles.Side; y++)
        {
            VoxelConversion.ToDouble(tiles.Voxels.Row(plane, y), tiles.Voxels.Type, row);
            for (int x = 0; x < row.Length; x++)
            {
                grey[(y * tiles.Side) + x] = double.IsNaN(row[x]) ? 0 : (float)range.Apply(row[x]);
            }
        }

        return grey;
    }
}
