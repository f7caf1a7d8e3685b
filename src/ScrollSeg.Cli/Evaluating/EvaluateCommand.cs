using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Cli.Training;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Evaluating;

/// <summary><c>evaluate PREDICTION TRUTH</c>: how well a mask agrees with labels.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> Prediction = new("PREDICTION")
    {
        Description = "A mask of any readable kind, such as OUT.zarr/labels/mask, or values with --threshold; a PNG counts as one slice.",
    };

    private static readonly Argument<string> Truth = new("TRUTH") { Description = "Labels of the same shape, of any readable kind." };

    private static readonly Option<IReadOnlyList<string>?> Metrics = ParsedOption.Create(
        "--metrics",
        "NAMES",
        $"Separated by commas, or all: {string.Join(", ", MetricNames.All.Select(metric => metric.Name))}; F-beta with any beta. " +
        $"Default {string.Join(",", MetricNames.Default)}.",
        ParseMetrics);

    private static readonly Option<Region?> RegionWanted = RegionOption.Create();
    private static readonly Option<long?> Ignore = new("--ignore") { Description = "Value of TRUTH where it is not known; the contest's is 2. Default none.", HelpName = "VALUE" };
    private static readonly Option<IReadOnlyList<long>?> Labels = ParsedOption.Create(
        "--labels", "VALUES", "The values that TRUTH may have beside --ignore; 0 is background. Default 0,1,255.", ParseValues);
    private static readonly Option<double?> Threshold = new("--threshold")
    {
        Description = "Value of PREDICTION from which on it is foreground, as stored: 128 for probabilities of 8 bits. Default: it is a mask.",
        HelpName = "VALUE",
    };

    private static readonly Option<double> Tolerance = new("--tolerance")
    {
        Description = "How far surfaces may lie apart, in voxels, or micrometres with --voxel-size.",
        HelpName = "DISTANCE",
        DefaultValueFactory = _ => new MetricSettings().Tolerance,
    };

    private static readonly Option<string?> Spacing = new("--voxel-size")
    {
        Description = "Measure distances in micrometres: Z,Y,X or one number, or 'file' for what TRUTH says. Default: in voxels.",
        HelpName = "SIZE",
    };

    private static readonly Option<ObjectSource> Objects = new("--objects")
    {
        Description = "What is an object for voi, rand and sa: components (26-connected) of the masks, or labels (voxels of equal value).",
        DefaultValueFactory = _ => ObjectSource.Components,
    };

    private static readonly Option<string?> Report = new("--report") { Description = "Write a page with the scores, curves and the worst places.", HelpName = "FILE.html" };
    private static readonly Option<string?> Scan = new("--scan") { Description = "The volume that PREDICTION was made from, for the pictures in --report.", HelpName = "VOLUME" };
    private static readonly Option<long?> Memory = MemoryOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "As JSON, for programs." };

    public static Command Create()
    {
        Command command = new("evaluate", "Compares a mask with labels: overlap, surfaces, objects, topology.")
        {
            Prediction, Truth, Metrics, RegionWanted, Ignore, Labels, Threshold, Tolerance, Spacing, Objects, Report, Scan, Memory, Json,
        };
        ReadingOptions.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        ReaderOptions reading = ReadingOptions.Of(parsed);
        await using VolumeReader prediction = await TrainingFiles.OpenAsync(parsed.GetRequiredValue(Prediction), ct, reading);
        await using VolumeReader truth = await TrainingFiles.OpenAsync(parsed.GetRequiredValue(Truth), ct, reading);
        MetricSettings settings = SettingsOf(parsed, truth.Info);
        MetricReport report = await ProgressDisplay.RunAsync(
            parsed.InvocationConfiguration.Error, progress => new VolumeComparison(prediction, truth, settings, progress).RunAsync(ct));
        if (parsed.GetValue(Report) is string page)
        {
            await ScorePage.WriteAsync(page, report, prediction, truth, parsed.GetValue(Scan), CommandOf(parsed), ct);
        }

        foreach (string note in report.Notes)
        {
            parsed.InvocationConfiguration.Error.WriteLine($"note: {note}");
        }

        parsed.InvocationConfiguration.Output.WriteLine(
            parsed.GetValue(Json) ? MetricSummary.ToJson(report).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) : MetricSummary.ToText(report));
        return ExitCode.Done;
    }

    private static string CommandOf(ParseResult parsed) => $"scrollseg {string.Join(' ', parsed.Tokens.Select(token => token.Value))}";

    private static MetricSettings SettingsOf(ParseResult parsed, VolumeInfo truth)
    {
        try
        {
            return new MetricSettings
            {
                Metrics = parsed.GetValue(Metrics) ?? MetricNames.Default,
                Region = parsed.GetValue(RegionWanted)?.In(truth),
                Ignore = parsed.GetValue(Ignore),
                TruthValues = parsed.GetValue(Labels),
                Threshold = parsed.GetValue(Threshold),
                Tolerance = parsed.GetValue(Tolerance),
                Spacing = SpacingOf(parsed.GetValue(Spacing), truth),
                Objects = parsed.GetValue(Objects),
                MemoryBudget = parsed.GetValue(Memory) ?? MemoryOption.Default(),
            };
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException($"--{e.ParamName?.ToLowerInvariant()} {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private static VoxelSize SpacingOf(string? text, VolumeInfo truth)
    {
        switch (text)
        {
            case null:
                return new MetricSettings().Spacing;
            case "file":
                return truth.VoxelSize ?? throw new UsageException($"--voxel-size file: {truth.Path} does not say how large its voxels are.");
            default:
                double[] edges = [.. text.Split(',').Select(part =>
                    double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double edge) ? edge : 0)];
                return edges switch
                {
                    [> 0 and double edge] => new(edge, edge, edge),
                    [> 0 and double z, > 0 and double y, > 0 and double x] => new(z, y, x),
                    _ => throw new UsageException($"--voxel-size {text}: expected Z,Y,X or one number in micrometres, each above 0, or file."),
                };
        }
    }

    private static IReadOnlyList<string> ParseMetrics(string text)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string? wrong = names.FirstOrDefault(name => name != "all" && MetricNames.BetaOf(name) is null && !MetricNames.All.Any(metric => metric.Name == name));
        return wrong is not null
            ? throw new FormatException($"'{wrong}' is no metric. Did you mean '{NearestName.Of(wrong, [.. MetricNames.All.Select(metric => metric.Name)])}'?")
            : names.Length == 0 ? throw new FormatException("no metric is named.")
            : names.Contains("all") ? [.. MetricNames.All.Select(metric => metric.Name)]
            : names;
    }

    private static IReadOnlyList<long> ParseValues(string text) =>
    [
        .. text.Split(',').Select(part => long.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new FormatException($"'{part}' is no label: expected whole numbers, separated by commas.")),
    ];
}
