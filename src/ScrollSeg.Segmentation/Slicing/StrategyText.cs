using System.Globalization;

namespace ScrollSeg.Segmentation.Slicing;

/// <summary>Strategies as the command line takes them, and as they print.</summary>
public static class StrategyText
{
    /// <summary>What <c>--keep</c> takes, for help texts and messages.</summary>
    public const string KeepForms =
        "list:I,J,K-L, range:FIRST,LAST[,STEP], even:N, or top:PERCENT,MEASURE with mean, spread, entropy, sharpness or support";

    /// <summary>What <c>--spacing</c> takes.</summary>
    public const string SpacingForms = "adjacent, strided:N, uniform:REACH or normal:CENTRE,SPREAD";

    /// <summary>Names that <c>--strategy</c> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["every", "tuples", "window"];

    private static readonly string[] Stepped = ["strategy", "stride", "first", "last", "keep"];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["every"] = Stepped,
        ["tuples"] = [.. Stepped, "channels", "count", "spacing", "order", "target", "seed"],
        ["window"] = [.. Stepped, "channels", "direction", "target"],
    };

    /// <summary>Reads what a strategy printed.</summary>
    /// <param name="text">Options and their values, separated by spaces.</param>
    /// <exception cref="InvalidRequestException">It is no strategy; the message names what was expected.</exception>
    public static SliceStrategy Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        List<(string, string)> options = [];
        for (int i = 0; i < words.Length; i += 2)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == words.Length)
            {
                throw new InvalidRequestException($"'{words[i]}' in '{text}': expected options of a strategy, each with its value.");
            }

            options.Add((words[i][2..], words[i + 1]));
        }

        return Of(options);
    }

    /// <summary>Makes the strategy that options name.</summary>
    /// <param name="options">Names without dashes and values; what is not among them has its default. <c>keep</c> may come several
    /// times.</param>
    /// <exception cref="InvalidRequestException">An option is malformed or contradicts another.</exception>
    public static SliceStrategy Of(IReadOnlyList<(string Name, string Value)> options)
    {
        Dictionary<string, string> values = [];
        foreach ((string name, string value) in options.Where(option => option.Name != "keep"))
        {
            if (!values.TryAdd(name, value))
            {
                throw new InvalidRequestException($"--{name} {value}: it was given before, as {values[name]}.");
            }
        }

        string strategy = values.GetValueOrDefault("strategy", "every");
        string[] allowed = Allowed.GetValueOrDefault(strategy)
            ?? throw new InvalidRequestException($"--strategy {strategy}: expected {string.Join(", ", Names)}.");
        if (values.Keys.Except(allowed).FirstOrDefault() is string stranger)
        {
            throw new InvalidRequestException(
                $"--{stranger} {values[stranger]}: --strategy {strategy} does not take it; it takes {string.Join(", ", allowed[1..].Select(name => $"--{name}"))}.");
        }

        try
        {
            SliceStrategy made = strategy switch
            {
                "tuples" => Tuples(values),
                "window" => Window(values),
                _ => new EverySlice { Stride = Stride(values), First = First(values), Last = Last(values) },
            };
            return options.Where(option => option.Name == "keep").Select(option => ParseKeep(option.Value))
                .Aggregate(made, (inner, rule) => new FilteredSlices(inner, rule));
        }
        catch (ArgumentOutOfRangeException e)
        {
            string option = e.ParamName switch
            {
                nameof(TupleSlices.Width) => "channels",
                nameof(TupleSlices.Draws) => "count",
                _ => e.ParamName!.ToLowerInvariant(),
            };
            throw new InvalidRequestException($"--{option} {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    /// <summary>Reads what is kept.</summary>
    /// <exception cref="InvalidRequestException">It is no such rule.</exception>
    public static KeepRule ParseKeep(string text)
    {
        (string rule, string[] arguments) = Split(text);
        KeepRule? keep = (rule, arguments) switch
        {
            ("list", { Length: > 0 }) when Slices(arguments) is int[] slices => new KeepList(slices),
            ("range", [string first, string last]) when Whole(first) is int from && Whole(last) is int to && from <= to =>
                new KeepRange(from, to, 1),
            ("range", [string first, string last, string step])
                when Whole(first) is int from && Whole(last) is int to && from <= to && Whole(step) is int and >= 1 and int by =>
                new KeepRange(from, to, by),
            ("even", [string count]) when Whole(count) is int and >= 1 and int number => new KeepEvenly(number),
            ("top", [string percent, string measure])
                when Number(percent) is > 0 and <= 100 and double share && !char.IsAsciiDigit(measure[0])
                    && Enum.TryParse(measure, ignoreCase: true, out SliceMeasure figure) => new KeepTop(share, figure),
            _ => null,
        };
        return keep ?? throw new InvalidRequestException($"--keep {text}: expected {KeepForms}.");
    }

    private static TupleSlices Tuples(Dictionary<string, string> values) => new()
    {
        Stride = Stride(values),
        First = First(values),
        Last = Last(values),
        Width = Whole(values, "channels", new TupleSlices().Width),
        Draws = Whole(values, "count", 1),
        Seed = Whole(values, "seed", 0),
        Spacing = ParseSpacing(values.GetValueOrDefault("spacing", "adjacent")),
        Shuffled = OneOf(values, "order", "kept", "shuffled"),
        Flat = OneOf(values, "target", "slice", "flat"),
    };

    private static LayerWindows Window(Dictionary<string, string> values)
    {
        if (values.GetValueOrDefault("target", "flat") is not "flat" and string target)
        {
            throw new InvalidRequestException($"--target {target}: the windows of --strategy window speak for the flat image of a stack, --target flat.");
        }

        return new LayerWindows
        {
            Stride = Stride(values),
            First = First(values),
            Last = Last(values),
            Width = Whole(values, "channels", new LayerWindows().Width),
            Downwards = OneOf(values, "direction", "up", "down"),
        };
    }

    /// <summary>Reads how a tuple's slices lie, <see cref="SpacingForms"/>.</summary>
    /// <exception cref="InvalidRequestException">It is none of the forms.</exception>
    public static TupleSpacing ParseSpacing(string text)
    {
        (string rule, string[] arguments) = Split(text);
        TupleSpacing? spacing = (rule, arguments) switch
        {
            ("adjacent", []) => TupleSpacing.Adjacent,
            ("strided", [string stride]) when Whole(stride) is int and >= 1 and int step => new StridedSpacing(step),
            ("uniform", [string reach]) when Whole(reach) is int and >= 0 and int within => new UniformSpacing(within),
            ("normal", [string centre, string spread])
                when double.IsFinite(Number(centre)) && Number(spread) is >= 0 and < 1e6 and double deviation && Math.Abs(Number(centre)) < 1e6 =>
                new NormalSpacing(Number(centre), deviation),
            _ => null,
        };
        return spacing ?? throw new InvalidRequestException($"--spacing {text}: expected {SpacingForms}.");
    }

    private static int Stride(Dictionary<string, string> values) => Whole(values, "stride", 1);

    private static int First(Dictionary<string, string> values) => Whole(values, "first", 0);

    private static int? Last(Dictionary<string, string> values) => values.ContainsKey("last") ? Whole(values, "last", 0) : null;

    private static int Whole(Dictionary<string, string> values, string name, int otherwise) =>
        !values.TryGetValue(name, out string? text) ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
        : throw new InvalidRequestException($"--{name} {text}: expected a whole number.");

    private static bool OneOf(Dictionary<string, string> values, string name, string no, string yes)
    {
        string value = values.GetValueOrDefault(name, no);
        return value == yes || (value == no
            ? false
            : throw new InvalidRequestException($"--{name} {value}: expected {no} or {yes}."));
    }

    private static (string Rule, string[] Arguments) Split(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (text, []) : (text[..colon], text[(colon + 1)..].Split(','));
    }

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;

    private static int[]? Slices(string[] items)
    {
        List<int> slices = [];
        foreach (string item in items)
        {
            int[] ends = [.. item.Split('-').Select(part => Whole(part) ?? -1)];
            if (ends.Length > 2 || ends.Contains(-1) || ends[0] > ends[^1] || ends[^1] - ends[0] > 1 << 24)
            {
                return null;
            }

            slices.AddRange(Enumerable.Range(ends[0], ends[^1] - ends[0] + 1));
        }

        return [.. slices];
    }
}
