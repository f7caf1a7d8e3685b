using System.Globalization;

namespace ScrollSeg.Cli.Parsing;

/// <summary>Amounts of memory as people write them: <c>500000</c>, <c>512MiB</c>, <c>4GiB</c>, <c>1.5G</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, double Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1),
    ];

    public static long Parse(string text)
    {
        string trimmed = text.Trim();
        (string suffix, double factor) = Units.FirstOrDefault(
            unit => trimmed.EndsWith(unit.Suffix, StringComparison.Ordinal), ("", 1));
        string number = trimmed[..^suffix.Length];
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value * factor is >= 1 and < long.MaxValue
            ? (long)(value * factor)
            : throw new UsageException($"'{text}' is no amount of memory: write for example 512MiB or 4GiB.");
    }

    /// <summary>For people: 1.5 GiB.</summary>
    public static string Format(long bytes) => bytes switch
    {
        >= 1L << 40 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 40):0.00} TiB"),
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.00} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
    };
}
