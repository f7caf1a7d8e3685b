using System.CommandLine;
using System.Globalization;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.Parsing;

/// <summary><c>--shard I/N</c>, the same for every verb.</summary>
internal static class ShardOption
{
    public static Option<Shard?> Create(string description) => ParsedOption.Create<Shard?>("--shard", "I/N", description, Parse);

    private static Shard Parse(string text) => text.Split('/') switch
    {
        [string index, string count] when int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int i) &&
            int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && i < n => new Shard(i, n),
        _ => throw new FormatException($"'{text}' is no shard: expected I/N with I from 0 to N - 1."),
    };
}
