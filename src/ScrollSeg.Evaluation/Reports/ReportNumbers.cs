using System.Globalization;
using ScrollSeg.Evaluation.Experiments;

namespace ScrollSeg.Evaluation.Reports;

/// <summary>Numbers as people read them.</summary>
internal static class ReportNumbers
{
    public static string Score(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–";

    public static string Score(MeanInterval? value) => value is not MeanInterval known ? "–"
        : known.HalfWidth is double half ? string.Create(CultureInfo.InvariantCulture, $"{known.Mean:0.000} ± {half:0.000}")
        : Score(known.Mean);

    /// <summary>With its sign, so that nobody takes it for a score.</summary>
    public static string Difference(MeanInterval? value)
    {
        if (value is not MeanInterval known)
        {
            return "–";
        }

        string mean = known.Mean.ToString("+0.000;−0.000;0.000", CultureInfo.InvariantCulture);
        return known.HalfWidth is double half ? string.Create(CultureInfo.InvariantCulture, $"{mean} ± {half:0.000}") : mean;
    }

    public static string Seconds(double? value) => value switch
    {
        null => "–",
        < 10 => value.Value.ToString("0.0 s", CultureInfo.InvariantCulture),
        < 120 => value.Value.ToString("0 s", CultureInfo.InvariantCulture),
        < 7200 => (value.Value / 60).ToString("0.0 min", CultureInfo.InvariantCulture),
        _ => (value.Value / 3600).ToString("0.0 h", CultureInfo.InvariantCulture),
    };

    public static string Count(double? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";

    public static string Bytes(double? value) => value is double bytes ? (bytes / (1 << 20)).ToString("N0", CultureInfo.InvariantCulture) + " MiB" : "–";
}
