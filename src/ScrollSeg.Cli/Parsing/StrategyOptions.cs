using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Cli.Parsing;

/// <summary>The options that say which slices go through the model, and what becomes of several answers.</summary>
internal static class StrategyOptions
{
    private const long LargestList = 16 << 20; // bytes: slices named one by one

    private static readonly TupleSlices Tuple = new();

    private static readonly Option<string> Strategy = Choice(
        "--strategy", "Which slices go through the model together: each alone, tuples around each target, or windows through a flattened stack.", StrategyText.Names);

    private static readonly Option<int> Stride = Number("--stride", "Slices from one target, or layers from one window, to the next; those between stay empty.", Tuple.Stride);
    private static readonly Option<int> First = Number("--first", "First slice or layer taken.", Tuple.First);
    private static readonly Option<int?> Last = new("--last") { Description = "Last slice or layer that may be taken. Default: the volume's last." };
    private static readonly Option<int> Channels = Number("--channels", "Slices in a tuple, layers in a window.", Tuple.Width);
    private static readonly Option<int> Count = Number("--count", "Tuples for each target; what they say is fused.", Tuple.Draws);
    private static readonly Option<string> Spacing = new("--spacing")
    {
        Description = $"How a tuple's slices lie: {StrategyText.SpacingForms}.",
        DefaultValueFactory = _ => Tuple.Spacing.ToString(),
    };

    private static readonly Option<string> Order = Choice("--order", "Order of a tuple's slices.", ["kept", "shuffled"]);
    private static readonly Option<string> Direction = Choice("--direction", "Order of a window's layers.", ["up", "down"]);
    private static readonly Option<string?> Target = new("--target")
    {
        Description = "What a tuple speaks for: a slice, or the one flat image of a flattened stack (output [1, H, W]). Default: slice; with --strategy window, flat.",
    };

    private static readonly Option<string?> Keep = new("--keep")
    {
        Description = $"Which targets are kept: {StrategyText.KeepForms}; or file:PATH, indices separated by commas or white space. Default: all.",
    };

    private static readonly Option<TimeSpan?> Limit = ParsedOption.Create<TimeSpan?>(
        "--time-limit", "TIME", "Segment as many targets, evenly spread, as take about this time; decided before the run begins.", text => Duration.Parse(text));

    private static readonly Option<string> Fusion = Choice(
        "--fusion", "How several tuples or windows become one answer.", [.. Enum.GetNames<GroupFusion>().Select(name => name.ToLowerInvariant())]);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } =
        [Strategy, Stride, First, Last, Channels, Count, Spacing, Order, Direction, Target, Keep, Limit, Fusion];

    /// <summary>The time that segmenting may take.</summary>
    public static TimeSpan? TimeLimitOf(ParseResult args) => args.GetValue(Limit);

    /// <summary>How several answers become one.</summary>
    public static GroupFusion FusionOf(ParseResult args) => Enum.Parse<GroupFusion>(args.GetRequiredValue(Fusion), ignoreCase: true);

    /// <summary>The strategy that was asked for.</summary>
    /// <param name="args">A parsed command line.</param>
    /// <param name="seed">Of whatever is drawn.</param>
    /// <exception cref="Segmentation.InvalidRequestException">The options contradict each other.</exception>
    public static SliceStrategy Of(ParseResult args, int seed)
    {
        List<(string, string)> given = [];
        foreach (Option option in All.Except([Limit, Fusion]))
        {
            if (args.GetResult(option) is OptionResult { Implicit: false, Tokens.Count: > 0 } result)
            {
                given.Add((option.Name.TrimStart('-'), result.Tokens[^1].Value));
            }
        }

        if (args.GetValue(Strategy) == "tuples")
        {
            given.Add(("seed", seed.ToString(CultureInfo.InvariantCulture)));
        }

        return StrategyText.Of([.. given.Select(option => option is ("keep", ['f', 'i', 'l', 'e', ':', .. string path])
            ? ("keep", ReadList(path))
            : option)]);
    }

    /// <summary>Indices in a file become a list: what is kept is part of the run, where the list lay is not.</summary>
    private static string ReadList(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists || file.Length > LargestList)
        {
            throw new UsageException(file.Exists
                ? $"--keep file:{path}: it has {file.Length} bytes; a list of slices has at most {LargestList}."
                : $"--keep file:{path}: there is no such file.");
        }

        string[] words = File.ReadAllText(path, Encoding.UTF8).Split(
            [',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return StrategyText.ParseKeep($"list:{string.Join(',', words)}").ToString();
    }

    private static Option<int> Number(string name, string description, int otherwise) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise };

    private static Option<string> Choice(string name, string description, IReadOnlyList<string> values)
    {
        Option<string> option = new(name) { Description = $"{description} {string.Join(", ", values)}.", DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong([.. values]);
        return option;
    }
}
