using System.Globalization;

namespace ScrollSeg.Segmentation.Baselines;

/// <summary>Opens the models that need no weights: what a user compares a network with.</summary>
public sealed class BaselineModelSource : IModelSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Accepts { get; } = ["otsu[:bright|dark]", "threshold:V[:below]", "constant:P"];

    /// <inheritdoc/>
    public ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings)
    {
        string[] parts = model.Split(':');
        ISliceSegmenter? segmenter = parts[0] switch
        {
            "otsu" => Otsu(model, parts, settings),
            "threshold" => Threshold(model, parts),
            "constant" => Constant(model, parts),
            _ => null,
        };
        if (segmenter is not null && settings.Adapter is not ("auto" or "replicate"))
        {
            throw new InvalidRequestException($"--adapter {settings.Adapter}: '{model}' is no network; it takes the mean of several slices. Leave the option out.");
        }

        if (segmenter is not null && settings.Prompts is not null)
        {
            throw new InvalidRequestException($"--prompts {settings.Prompts}: '{model}' is no network and takes none; leave the option out.");
        }

        if (segmenter is not null && settings.Embeddings is not null)
        {
            throw new InvalidRequestException($"--embeddings {settings.Embeddings}: '{model}' makes none; leave the option out.");
        }

        return segmenter is null || settings.Device is "auto" or "cpu"
            ? segmenter
            : throw new InvalidRequestException($"--device {settings.Device}: '{model}' computes on the CPU only; leave the option out.");
    }

    private static ThresholdSegmenter Otsu(string model, string[] parts, ModelSettings settings)
    {
        bool dark = parts switch
        {
            ["otsu"] or ["otsu", "bright"] => false,
            ["otsu", "dark"] => true,
            _ => throw Malformed(model, "otsu, otsu:bright or otsu:dark"),
        };
        Lazy<VolumeHistogram> histogram = settings.Histogram ??
            throw new InvalidOperationException("Otsu's threshold needs the volume's histogram.");
        return new ThresholdSegmenter(
            new Lazy<double>(() => OtsuOf(histogram.Value, dark)),
            dark,
            threshold => string.Create(CultureInfo.InvariantCulture, $"otsu:{(dark ? "dark" : "bright")} (threshold {threshold})"));
    }

    /// <summary>Where nothing was measured there is nothing to separate: a threshold that no grey value passes.</summary>
    private static double OtsuOf(VolumeHistogram histogram, bool dark) =>
        histogram.Total > 0 ? OtsuThreshold.Of(histogram)
        : dark ? double.NegativeInfinity
        : double.PositiveInfinity;

    private static ThresholdSegmenter Threshold(string model, string[] parts)
    {
        const string Form = "threshold:V or threshold:V:below, V a grey value of the volume";
        bool below = parts switch
        {
            [_, _] => false,
            [_, _, "below"] => true,
            _ => throw Malformed(model, Form),
        };
        return new ThresholdSegmenter(Number(model, parts[1], Form), below);
    }

    private static ConstantSegmenter Constant(string model, string[] parts)
    {
        const string Form = "constant:P, P a probability from 0 to 1";
        double probability = parts is [_, string text] ? Number(model, text, Form) : throw Malformed(model, Form);
        return probability is >= 0 and <= 1 ? new ConstantSegmenter((float)probability) : throw Malformed(model, Form);
    }

    private static double Number(string model, string text, string form) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Malformed(model, form);

    private static InvalidRequestException Malformed(string model, string form) => new($"'{model}' is no model: expected {form}.");
}
