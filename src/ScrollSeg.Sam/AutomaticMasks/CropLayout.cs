using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>Cuts an image into overlapping crops, layer by layer. Follows <c>generate_crop_boxes</c> in
/// segment_anything/utils/amg.py (commit dca509f).</summary>
internal static class CropLayout
{
    /// <summary>The whole image, then 4 crops, then 16, .. ; within a layer column by column.</summary>
    /// <exception cref="InvalidRequestException">The image is too small to be cut so often.</exception>
    public static IReadOnlyList<(PixelBox Box, int Layer)> Of(int height, int width, int layers, double overlapRatio)
    {
        List<(PixelBox Box, int Layer)> crops = [(new PixelBox(0, 0, width, height), 0)];
        for (int layer = 1; layer <= layers; layer++)
        {
            int perSide = 1 << layer;
            int overlap = (int)(overlapRatio * Math.Min(height, width) * (2.0 / perSide));
            (int cropWidth, int cropHeight) = (Length(width, perSide, overlap), Length(height, perSide, overlap));
            for (int column = 0; column < perSide; column++)
            {
                for (int row = 0; row < perSide; row++)
                {
                    (int x, int y) = (column * (cropWidth - overlap), row * (cropHeight - overlap));
                    PixelBox box = new(x, y, Math.Min(x + cropWidth, width), Math.Min(y + cropHeight, height));
                    crops.Add((box, layer));
                }
            }
        }

        int perSideAtLast = 1 << layers;
        return crops.TrueForAll(crop => crop.Box is { Width: > 0, Height: > 0 })
            ? crops
            : throw new InvalidRequestException(
                $"An image of {width} x {height} pixels (x, y) cannot be cut into {perSideAtLast} x {perSideAtLast} crops; " +
                $"use fewer than {layers} crop layers.");
    }

    /// <summary>The shortest length at which so many crops, each overlapping the next, cover a side.</summary>
    private static int Length(int side, int crops, int overlap) =>
        (int)Math.Ceiling((((double)overlap * (crops - 1)) + side) / crops);
}
