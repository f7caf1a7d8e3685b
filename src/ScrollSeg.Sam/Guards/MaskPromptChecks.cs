using System.Globalization;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Guards;

/// <summary>Checks of masks that are given as prompts: they are logits, as the network gave them.</summary>
public static class MaskPromptChecks
{
    private const string Logits = "logits as floats, below 0 outside the object and above 0 on it, most of them between -20 and 20";

    /// <summary>What no mask prompt may be.</summary>
    /// <param name="logits">The mask, row-major.</param>
    public static Finding? Fault(ReadOnlySpan<float> logits)
    {
        (float min, float max) = (float.PositiveInfinity, float.NegativeInfinity);
        bool whole = true;
        foreach (float value in logits)
        {
            if (!float.IsFinite(value))
            {
                return new Finding(
                    GuardName.MaskNotFinite,
                    $"The mask prompt holds {value.ToString(CultureInfo.InvariantCulture)}.",
                    Logits,
                    "the logarithm of a probability of exactly 0 or 1; keep probabilities between 1e-6 and 1 - 1e-6");
            }

            (min, max) = (Math.Min(min, value), Math.Max(max, value));
            whole &= value == MathF.Floor(value);
        }

        return whole && min >= 0 && max is > 0 and <= 255
            ? new Finding(
                GuardName.MaskBytes,
                $"All values of the mask prompt are whole numbers from {min} to {max}.",
                Logits,
                "a mask of bytes (0 and 1, or 0 and 255) read as floats; give the low_res_logits of an earlier answer (predict "
                    + "--save-logits), or make -8 of what is 0 and +8 of the rest")
            : null;
    }

    /// <summary>A mask prompt of another type than float.</summary>
    internal static Finding? Fault(TensorType type) => type is TensorType.Float16 or TensorType.BFloat16 or TensorType.Float32 or TensorType.Float64
        ? null
        : new Finding(
            GuardName.MaskBytes,
            $"The mask prompt is stored as {type}.",
            Logits,
            "a thresholded mask instead of the logits before the threshold");

    /// <summary>What a mask prompt is seldom meant to be.</summary>
    public static Finding? Note(ReadOnlySpan<float> logits)
    {
        float max = 0;
        foreach (float value in logits)
        {
            if (value is not (>= 0 and <= 1))
            {
                return null;
            }

            max = Math.Max(max, value);
        }

        return max > 0
            ? new Finding(
                GuardName.MaskProbabilities,
                "All values of the mask prompt lie between 0 and 1, so it says 'object' everywhere.",
                Logits,
                "probabilities instead of logits; ln(p / (1 - p)) turns one into the other")
            : null;
    }
}
