namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>A mask that nobody asked for by hand.</summary>
/// <param name="Mask">Its pixels, in the whole image.</param>
/// <param name="Box">Around its pixels; the last column and row are inside.</param>
/// <param name="PredictedIoU">The network's own estimate of its quality.</param>
/// <param name="StabilityScore">IoU of the masks at a higher and a lower threshold.</param>
/// <param name="Point">The click that gave it, (x, y) in pixels of the image.</param>
/// <param name="Crop">The crop that the network saw.</param>
public sealed record AutomaticMask(
    RunLengthMask Mask, PixelBox Box, float PredictedIoU, float StabilityScore, (double X, double Y) Point, PixelBox Crop)
{
    /// <summary>Its pixels' number.</summary>
    public long Area => Mask.Area;

    /// <summary>Which of the network's answers to the click it is, from 0.</summary>
    internal int Answer { get; init; }
}
