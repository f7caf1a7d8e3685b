using System.Globalization;

namespace ScrollSeg.Cli.Parsing;

/// <summary>A number of bytes as the user writes it: <c>4GiB</c>, <c>500MB</c>, <c>1073741824</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1000), ("MB", 1000_000), ("GB", 1000_000_000), ("TB", 1000_000_000_000),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1),
    ];

    /// <exception cref="FormatException">The text has another form, or is not above 0.</exception>
    public static long Parse(string text)
    {
        string trimmed = text.Trim();
        (string suffix, long factor) = Units.FirstOrDefault(
            unit => trimmed.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase), ("", 1));
        bool isNumber = decimal.TryParse(
            trimmed[..^suffix.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number);
        return isNumber && number * factor is >= 1 and <= long.MaxValue
            ? (long)(number * factor)
            : throw new FormatException($"'{text}' is no number of bytes: expected one such as 4GiB, 500MB or 1073741824.");
    }

    /// <summary>For people: three digits and a binary unit.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {units[unit]}");
    }
}
