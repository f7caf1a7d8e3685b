using System.Globalization;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Parsing;

/// <summary>An extent as the user writes it: <c>Z,Y,X</c>, or one number for all three.</summary>
internal static class Triple
{
    /// <exception cref="FormatException">The text has another form, or a number below 1.</exception>
    public static Shape3 Parse(string text)
    {
        int[] numbers = [.. text.Split(',').Select(part =>
            int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : 0)];
        return numbers switch
        {
            [> 0 and int all] => new Shape3(all, all, all),
            [> 0 and int z, > 0 and int y, > 0 and int x] => new Shape3(z, y, x),
            _ => throw new FormatException($"'{text}' is no extent: expected Z,Y,X (or one number for all three), each at least 1."),
        };
    }
}
