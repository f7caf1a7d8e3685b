using System.Globalization;

namespace ScrollSeg.Cli.Parsing;

/// <summary>A time span as people write it: <c>90s</c>, <c>30m</c>, <c>5h50m</c>, <c>2d</c>, <c>90</c> (seconds).</summary>
internal static class Duration
{
    /// <exception cref="FormatException">The text has another form.</exception>
    public static TimeSpan Parse(string text)
    {
        TimeSpan total = TimeSpan.Zero;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            TimeSpan? unit = text[i] switch
            {
                'd' => TimeSpan.FromDays(1),
                'h' => TimeSpan.FromHours(1),
                'm' => TimeSpan.FromMinutes(1),
                's' => TimeSpan.FromSeconds(1),
                _ => null,
            };
            if (unit is TimeSpan length)
            {
                total += Number(text[start..i], text) * length;
                start = i + 1;
            }
        }

        return start < text.Length ? total + TimeSpan.FromSeconds(Number(text[start..], text)) : total;
    }

    /// <summary>The two largest units that say something: <c>2d4h</c>, <c>5h50m</c>, <c>3m20s</c>, <c>0.4s</c>.</summary>
    public static string Format(TimeSpan time)
    {
        FormattableString text = time switch
        {
            { TotalDays: >= 1 } => $"{Math.Floor(time.TotalDays)}d{time.Hours}h",
            { TotalHours: >= 1 } => $"{time.Hours}h{time.Minutes}m",
            { TotalMinutes: >= 1 } => $"{time.Minutes}m{time.Seconds}s",
            _ => $"{time.TotalSeconds:0.0}s",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }

    private static double Number(string part, string text) =>
        double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new FormatException($"'{text}' is no time: expected one such as 90s, 30m or 5h50m.");
}
