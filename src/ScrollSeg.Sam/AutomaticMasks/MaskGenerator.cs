using ScrollSeg.Segmentation;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>
/// Finds everything in an image: asks SAM at every point of a grid, drops what is doubtful or found twice, and does so again
/// on crops if asked. Follows <c>SamAutomaticMaskGenerator</c> in segment_anything/automatic_mask_generator.py
/// (commit dca509f), whose masks it gives, in the same order; only a mask without a pixel is left out always.
/// </summary>
/// <remarks>Masks are kept as run lengths; logits at the image's size exist for a few masks at a time. Synchronous and, as
/// the predictor is, not thread-safe. The predictor stays the caller's.</remarks>
public sealed class MaskGenerator
{
    private readonly SamPredictor _predictor;
    private readonly MaskGeneratorSettings _settings;

    /// <summary>Takes a predictor into use.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The finest crop layer would have no points.</exception>
    public MaskGenerator(SamPredictor predictor, MaskGeneratorSettings settings)
    {
        if (settings.PointsPerSideOf(settings.CropLayers) < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(settings),
                settings.CropLayers,
                $"{settings.PointsPerSide} points per side, divided by {settings.CropPointsDownscale} for each of " +
                $"{settings.CropLayers} crop layers, leave none.");
        }

        (_predictor, _settings) = (predictor, settings);
    }

    /// <summary>Finds the masks of an image.</summary>
    /// <param name="image">Grey or RGB, 8 bits per sample.</param>
    /// <exception cref="InvalidRequestException">The image is too small for so many crop layers.</exception>
    public IReadOnlyList<AutomaticMask> Generate(PixelImage image)
    {
        IReadOnlyList<(PixelBox Box, int Layer)> crops =
            CropLayout.Of(image.Height, image.Width, _settings.CropLayers, _settings.CropOverlapRatio);
        List<AutomaticMask> masks = [];
        foreach ((PixelBox box, int layer) in crops)
        {
            masks.AddRange(OfCrop(image, box, layer));
        }

        if (crops.Count > 1)
        {
            masks = AcrossCrops(masks, _settings.CropNmsThreshold);
        }

        return _settings.MinRegionArea > 0
            ? WithoutSmallRegions(
                masks, _settings.MinRegionArea, Math.Max(_settings.BoxNmsThreshold, _settings.CropNmsThreshold))
            : masks;
    }

    /// <summary>Drops what several crops found, rather what the larger one found: the smaller one saw more.</summary>
    internal static List<AutomaticMask> AcrossCrops(List<AutomaticMask> masks, double threshold) =>
        Suppress(masks, mask => 1f / mask.Crop.Area, threshold);

    /// <summary>Cleans each mask and drops what has become a duplicate, rather what was cleaned than what was not.</summary>
    internal static List<AutomaticMask> WithoutSmallRegions(List<AutomaticMask> masks, int minArea, double threshold)
    {
        byte[] rows = masks.Count == 0 ? [] : new byte[masks[0].Mask.Height * masks[0].Mask.Width]; // one for all masks
        List<AutomaticMask> cleaned = [.. masks.Select(mask => Clean(mask, minArea, rows))];
        HashSet<AutomaticMask> untouched = new(masks, ReferenceEqualityComparer.Instance);
        return Suppress(cleaned, mask => untouched.Contains(mask) ? 1 : 0, threshold);
    }

    private List<AutomaticMask> OfCrop(PixelImage image, PixelBox crop, int layer)
    {
        using SamImageEmbedding embedding = (SamImageEmbedding)_predictor.Encode(Cut(image, crop));
        return OfCrop(_predictor, embedding, crop, (image.Height, image.Width), layer, _settings);
    }

    /// <summary>The masks of a crop that is encoded already, best first.</summary>
    /// <param name="predictor">Answers.</param>
    /// <param name="embedding">The crop.</param>
    /// <param name="crop">Where it lies.</param>
    /// <param name="image">Rows and columns of the whole image.</param>
    /// <param name="layer">How finely the image was cut; 0 for the whole.</param>
    /// <param name="settings">The grid, and what is worth keeping.</param>
    internal static List<AutomaticMask> OfCrop(
        SamPredictor predictor, SamImageEmbedding embedding, PixelBox crop, (int Height, int Width) image, int layer, MaskGeneratorSettings settings)
    {
        CropMasks asked = new(predictor, embedding, crop, image, settings);
        List<AutomaticMask> masks = [];
        IEnumerable<(double X, double Y)> grid = PointGrid.Of(settings.PointsPerSideOf(layer));
        foreach ((double X, double Y)[] points in grid.Chunk(settings.PointsPerBatch))
        {
            masks.AddRange(asked.At([.. points.Select(point => (point.X * crop.Width, point.Y * crop.Height))]));
        }

        return Suppress(masks, mask => mask.PredictedIoU, settings.BoxNmsThreshold);
    }

    private static AutomaticMask Clean(AutomaticMask mask, int minArea, byte[] rows)
    {
        mask.Mask.ToRows(rows);
        if (!SmallRegions.Remove(rows, mask.Mask.Width, minArea))
        {
            return mask;
        }

        RunLengthMask cleaned = RunLengthMask.FromRows(rows, mask.Mask.Height, mask.Mask.Width);
        return mask with { Mask = cleaned, Box = cleaned.Box };
    }

    private static List<AutomaticMask> Suppress(List<AutomaticMask> masks, Func<AutomaticMask, float> score, double threshold)
    {
        IReadOnlyList<int> kept =
            BoxSuppression.Keep([.. masks.Select(mask => mask.Box)], [.. masks.Select(score)], threshold);
        return [.. kept.Select(i => masks[i])];
    }

    private static PixelImage Cut(PixelImage image, PixelBox crop)
    {
        if (crop.Area == (long)image.Height * image.Width)
        {
            return image;
        }

        int pixelBytes = image.Samples.Length / (image.Height * image.Width);
        byte[] samples = new byte[crop.Area * pixelBytes];
        for (int y = 0; y < crop.Height; y++)
        {
            image.Samples
                .AsSpan((((crop.Y0 + y) * image.Width) + crop.X0) * pixelBytes, crop.Width * pixelBytes)
                .CopyTo(samples.AsSpan(y * crop.Width * pixelBytes));
        }

        return new PixelImage(crop.Height, crop.Width, image.Channels, image.Type, samples);
    }
}
