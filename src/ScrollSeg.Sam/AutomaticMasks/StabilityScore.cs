using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>How little a mask changes with the threshold: pixels above the raised one by pixels above the lowered one, which
/// is the IoU of the two masks, since one lies within the other.</summary>
internal static class StabilityScore
{
    /// <param name="logits"><c>[M, H, W]</c>.</param>
    /// <param name="threshold">Logits above it are mask.</param>
    /// <param name="offset">By how much it is moved.</param>
    /// <returns>0 to 1, or not a number where no pixel is above the lowered threshold; <c>[M]</c>.</returns>
    public static float[] Of(Tensor logits, double threshold, double offset)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] high = Above(logits, threshold + offset);
        long[] low = Above(logits, threshold - offset);
        return [.. high.Zip(low, (inside, wider) => (float)inside / wider)];
    }

    private static long[] Above(Tensor logits, double threshold) =>
        logits.Exceeds(threshold).sum([1, 2], type: ScalarType.Int64).cpu().data<long>().ToArray();
}
