using System.Globalization;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>A prediction and its truth, read box by box as masks.</summary>
internal sealed class LabelPair
{
    private readonly VolumeReader _prediction;
    private readonly VolumeReader _truth;
    private readonly MaskDecoder _predictionCodes;
    private readonly MaskDecoder _truthCodes;

    /// <exception cref="InvalidRequestException">The volumes cannot be compared.</exception>
    public LabelPair(VolumeReader prediction, VolumeReader truth, MetricSettings settings)
    {
        (_prediction, _truth) = (prediction, truth);
        if (prediction.Info.Shape != truth.Info.Shape)
        {
            throw new InvalidRequestException(
                $"{prediction.Info.Path} is {prediction.Info.Shape} voxels, {truth.Info.Path} {truth.Info.Shape}: they cannot be compared.");
        }

        Region = settings.Region ?? truth.Info.Bounds;
        if (Region.IsEmpty || !truth.Info.Bounds.Contains(Region))
        {
            throw new InvalidRequestException($"The region {Region} is empty or not in {truth.Info.Path}, which is {truth.Info.Shape} voxels (z, y, x).");
        }

        if (truth.Info.Type.IsFloat())
        {
            throw new InvalidRequestException($"{truth.Info.Path} holds {truth.Info.Type.NumpyName()}; labels are whole numbers. Convert it first.");
        }

        RefuseLabelsOfFloats(prediction.Info, settings);
        _predictionCodes = DecoderOfPrediction(prediction.Info, settings);
        _truthCodes = DecoderOfTruth(truth.Info, settings);
    }

    /// <summary>The part that is compared.</summary>
    public Box3 Region { get; }

    /// <summary>Type of the prediction's values.</summary>
    public VoxelType PredictionType => _prediction.Info.Type;

    /// <summary>Type of the truth's values.</summary>
    public VoxelType TruthType => _truth.Info.Type;

    /// <summary>Slices that are read at once: whole chunks of both if that fits in the memory.</summary>
    public int SlabHeight(long memory)
    {
        int height = Math.Max(_prediction.Info.ChunkShape.Z, _truth.Info.ChunkShape.Z);
        long perSlice = Region.Shape.PlaneCount * (4 + PredictionType.ByteSize() + TruthType.ByteSize());
        return (int)Math.Clamp(Math.Min(height, memory / perSlice), 1, Region.Shape.Z);
    }

    /// <summary>Reads a box of both.</summary>
    /// <exception cref="VolumeFormatException">A value is not one that was declared.</exception>
    public async Task<LabelBlock> ReadAsync(Box3 box, CancellationToken cancellationToken)
    {
        LabelBlock block = new(
            box,
            VoxelBuffer.Rent(box.Shape, VoxelType.UInt8),
            VoxelBuffer.Rent(box.Shape, VoxelType.UInt8),
            VoxelBuffer.Rent(box.Shape, PredictionType),
            VoxelBuffer.Rent(box.Shape, TruthType));
        try
        {
            await _prediction.ReadAsync(box, block.PredictionValues, cancellationToken);
            await _truth.ReadAsync(box, block.TruthValues, cancellationToken);
            Parallel.Invoke(
                () => _predictionCodes.Decode(box, block.PredictionValues, block.Prediction),
                () => _truthCodes.Decode(box, block.TruthValues, block.Truth));
            return block;
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<VolumeFormatException>().FirstOrDefault() is VolumeFormatException cause)
        {
            block.Dispose();
            throw new VolumeFormatException(cause.Path, cause.Message[(cause.Path.Length + 2)..], e);
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    private static void RefuseLabelsOfFloats(VolumeInfo prediction, MetricSettings settings)
    {
        if (settings.Objects == ObjectSource.Labels && prediction.Type.IsFloat())
        {
            throw new InvalidRequestException($"{prediction.Path} holds {prediction.Type.NumpyName()}; instance labels are whole numbers.");
        }
    }

    private static MaskDecoder DecoderOfPrediction(VolumeInfo info, MetricSettings settings)
    {
        bool takesAny = settings.Objects == ObjectSource.Labels || settings.Metrics.All(name => name == "average-precision");
        return (settings.Threshold, takesAny) switch
        {
            (double threshold, _) => new MaskDecoder(info, value => value >= threshold ? MaskCode.Foreground : MaskCode.Background, "a number"),
            (null, true) => new MaskDecoder(
                info, value => value > 0 ? MaskCode.Foreground : value == 0 ? MaskCode.Background : MaskCode.Refused, "0 or more"),
            _ => new MaskDecoder(
                info,
                value => value switch { 0 => MaskCode.Background, 1 or 255 => MaskCode.Foreground, _ => MaskCode.Refused },
                "a mask of 0, 1 or 255. If it holds probabilities, name the value from which on it is foreground (--threshold), or give the mask beside them (labels/mask)"),
        };
    }

    private static MaskDecoder DecoderOfTruth(VolumeInfo info, MetricSettings settings)
    {
        long[]? allowed = settings.Objects == ObjectSource.Labels && settings.TruthValues is null ? null : [.. settings.TruthValues ?? [0, 1, 255]];
        string values = allowed is null ? "0 or more" : string.Join(", ", allowed.Select(value => value.ToString(CultureInfo.InvariantCulture)));
        string ignored = settings.Ignore is long label
            ? string.Create(CultureInfo.InvariantCulture, $", or {label} where it is not known")
            : ". If it marks what is not known, say so (--ignore); else declare it (--labels)";
        return new MaskDecoder(
            info,
            value => value == settings.Ignore ? MaskCode.Ignored
                : allowed is null ? (value > 0 ? MaskCode.Foreground : value == 0 ? MaskCode.Background : MaskCode.Refused)
                : !allowed.Contains((long)value) ? MaskCode.Refused
                : value == 0 ? MaskCode.Background : MaskCode.Foreground,
            values + ignored);
    }
}
