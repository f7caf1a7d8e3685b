namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>How a grid of clicks becomes masks. Defaults: those of <c>SamAutomaticMaskGenerator</c> in
/// segment_anything/automatic_mask_generator.py (commit dca509f), which were chosen for vit_h.</summary>
public sealed record MaskGeneratorSettings
{
    /// <summary>Clicks along each side of the image, 1 to 1024; their square is what the decoder answers. Default 32.</summary>
    public int PointsPerSide
    {
        get;
        init => field = value is >= 1 and <= 1024
            ? value
            : throw new ArgumentOutOfRangeException(nameof(PointsPerSide), value, "Must be from 1 to 1024.");
    } = 32;

    /// <summary>Clicks that the decoder answers at once, 1 to 4096: more take more memory and change nothing else.
    /// Default 64.</summary>
    public int PointsPerBatch
    {
        get;
        init => field = value is >= 1 and <= 4096
            ? value
            : throw new ArgumentOutOfRangeException(nameof(PointsPerBatch), value, "Must be from 1 to 4096.");
    } = 64;

    /// <summary>Masks that the network itself gives this IoU or less are dropped; at most 1, and 0 or less drops none.
    /// Default 0.88.</summary>
    public double PredictedIoUThreshold
    {
        get;
        init => field = AtMostOne(value, nameof(PredictedIoUThreshold));
    } = 0.88;

    /// <summary>Masks of a lower stability score are dropped; at most 1, and 0 or less drops none. Default 0.95.</summary>
    public double StabilityThreshold
    {
        get;
        init => field = AtMostOne(value, nameof(StabilityThreshold));
    } = 0.95;

    /// <summary>By how much the mask threshold is moved up and down, in logits, to see how stable a mask is. Default 1.</summary>
    public double StabilityOffset
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(StabilityOffset), value, "Must be a finite number of logits, 0 or more.");
    } = 1.0;

    /// <summary>Of two masks of one crop whose boxes' IoU is higher, the one of lower predicted IoU is dropped; 0 to 1.
    /// Default 0.7.</summary>
    public double BoxNmsThreshold
    {
        get;
        init => field = ZeroToOne(value, nameof(BoxNmsThreshold));
    } = 0.7;

    /// <summary>How often the image is cut finer, 0 to 6: layer i asks again on (2^i)^2 crops, each encoded anew. 0 is the
    /// whole image alone. Default 0.</summary>
    public int CropLayers
    {
        get;
        init => field = value is >= 0 and <= 6
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CropLayers), value, "Must be from 0 to 6.");
    }

    /// <summary>Of two masks of any crops whose boxes' IoU is higher, the one of the larger crop is dropped; 0 to 1.
    /// Default 0.7.</summary>
    public double CropNmsThreshold
    {
        get;
        init => field = ZeroToOne(value, nameof(CropNmsThreshold));
    } = 0.7;

    /// <summary>By how much the first layer's crops overlap, as a share of the image's shorter side, 0 to less than 1; later
    /// layers' overlap in proportion. Default 512 / 1500.</summary>
    public double CropOverlapRatio
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CropOverlapRatio), value, "Must be from 0 to less than 1.");
    } = 512.0 / 1500;

    /// <summary>The grid of layer i has <see cref="PointsPerSide"/> / (this ^ i) clicks per side, 1 to 1024. Default 1.</summary>
    public int CropPointsDownscale
    {
        get;
        init => field = value is >= 1 and <= 1024
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CropPointsDownscale), value, "Must be from 1 to 1024.");
    } = 1;

    /// <summary>Holes and islands of fewer pixels are filled and removed; 0 leaves the masks as they are. Default 0.</summary>
    public int MinRegionArea
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MinRegionArea), value, "Must be a number of pixels, 0 or more.");
    }

    /// <summary>Clicks along each side of a crop.</summary>
    /// <param name="layer">0 is the whole image.</param>
    public int PointsPerSideOf(int layer) => (int)(PointsPerSide / Math.Pow(CropPointsDownscale, layer));

    private static double AtMostOne(double value, string name) => value <= 1 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "Must be a finite number, at most 1.");

    private static double ZeroToOne(double value, string name) => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "Must be from 0 to 1.");
}
