using System.Globalization;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>Intensity rules as the command line takes them.</summary>
public static class IntensityText
{
    /// <summary>What <c>--intensity</c> takes.</summary>
    public const string Forms = "percentiles:LOW,HIGH, window:LOW,HIGH, zscore[:DEVIATIONS] or slice-percentiles:LOW,HIGH, LOW below HIGH";

    /// <summary>Reads what a rule printed.</summary>
    /// <exception cref="InvalidRequestException">It is no rule.</exception>
    public static IntensityRule Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        double[] numbers = parts.Length == 1 ? [] : [.. parts[1].Split(',').Select(Number)];
        try
        {
            return (parts[0], numbers) switch
            {
                ("percentiles", [double low, double high]) when low < high => new PercentileIntensity { Low = low, High = high },
                ("window", [double low, double high]) => new WindowIntensity(low, high),
                ("zscore", []) => new ZScoreIntensity(),
                ("zscore", [double deviations]) => new ZScoreIntensity { Deviations = deviations },
                ("slice-percentiles", [double low, double high]) when low < high => new SlicePercentileIntensity { Low = low, High = high },
                _ => throw new InvalidRequestException($"--intensity {text}: expected {Forms}."),
            };
        }
        catch (ArgumentException e)
        {
            throw new InvalidRequestException($"--intensity {text}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
