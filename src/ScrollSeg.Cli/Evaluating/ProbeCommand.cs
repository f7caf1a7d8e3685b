using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Evaluation.Experiments;
using ScrollSeg.Evaluation.Probes;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Evaluating;

/// <summary><c>probe layers</c> and <c>probe blindness</c>: what a result depends on, and whether an empty mask says anything.</summary>
internal static class ProbeCommand
{
    private static readonly double[] DefaultContrasts = [0.5, 0.25, 0.12, 0.06, 0.03];

    private static readonly Argument<string> Volume = new("VOLUME") { Description = "The volume." };
    private static readonly Argument<string[]> Rest = new("OPTIONS")
    {
        Description = "Behind --, options of segment, such as -- --model small --tile 128.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string> Output = new("--output", "-o") { Description = "The folder to make, or to go on in.", Required = true };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };
    private static readonly Option<string> Truth = new("--truth") { Description = "Labels of one slice.", Required = true };
    private static readonly Option<int> Width = new("--width") { Description = "Layers that the model sees together.", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Step = new("--step") { Description = "Layers from one window to the next.", DefaultValueFactory = _ => 3 };
    private static readonly Option<double[]?> Contrasts = ParsedOption.Create<double[]>(
        "--contrasts",
        "SHARES",
        $"Strengths of the planted signal, in shares of the grey values from black to white; below 0 to darken. Default {string.Join(",", DefaultContrasts)}.",
        ParseContrasts);

    public static Command Create(HostEnvironment host)
    {
        Command layers = new("layers", "Scores windows of layers at every height, upwards and downwards.") { Volume, Rest, Truth, Width, Step, Output, Json };
        layers.SetAction((parsed, ct) => LayersAsync(parsed, host, ct));
        Command blindness = new("blindness", "Plants a known signal, fainter and fainter, and says the faintest that is found.") { Volume, Rest, Contrasts, Output, Json };
        blindness.SetAction((parsed, ct) => BlindnessAsync(parsed, host, ct));
        return new Command("probe", "What a result depends on, and whether an empty mask says anything.") { layers, blindness };
    }

    private static async Task<int> LayersAsync(ParseResult parsed, HostEnvironment host, CancellationToken ct)
    {
        string path = Path.GetFullPath(parsed.GetRequiredValue(Volume));
        int layers;
        await using (VolumeReader volume = await VolumeFormats.OpenAsync(path, new ReaderOptions(), ct))
        {
            layers = volume.Info.Shape.Z;
        }

        ExperimentData data = new(Path.GetFileName(path), path, Path.GetFullPath(parsed.GetRequiredValue(Truth)));
        ExperimentMatrix matrix = LayerSweep.Of(data, layers, parsed.GetValue(Width), parsed.GetValue(Step), OptionsOf(parsed.GetValue(Rest) ?? []));
        string command = $"scrollseg probe layers {path} --truth {data.Truth} --width {parsed.GetValue(Width)} --step {parsed.GetValue(Step)} -o {parsed.GetValue(Output)} -- {string.Join(' ', parsed.GetValue(Rest) ?? [])}";
        return await ExperimentCommand.RunAsync(matrix, parsed.GetRequiredValue(Output), command, parsed.GetValue(Json), parsed, host, ct);
    }

    private static async Task<int> BlindnessAsync(ParseResult parsed, HostEnvironment host, CancellationToken ct)
    {
        await using VolumeReader volume = await VolumeFormats.OpenAsync(parsed.GetRequiredValue(Volume), new ReaderOptions(), ct);
        IReadOnlyList<(double Contrast, double? Separation)> results = await ProgressDisplay.RunAsync(
            parsed.InvocationConfiguration.Error,
            progress => new BlindnessProbe(new ExperimentHost(host, progress), progress).RunAsync(
                volume, parsed.GetValue(Rest) ?? [], parsed.GetValue(Contrasts) ?? DefaultContrasts, Path.GetFullPath(parsed.GetRequiredValue(Output)), ct));
        double? faintest = results.Where(result => result.Separation >= BlindnessProbe.Found).OrderBy(result => Math.Abs(result.Contrast))
            .Select(result => (double?)result.Contrast).FirstOrDefault();
        parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(Json) ? ToJson(results, faintest) : ToText(results, faintest));
        return ExitCode.Done;
    }

    private static string ToText(IReadOnlyList<(double Contrast, double? Separation)> results, double? faintest) => SegmentSummary.Table(
    [
        .. results.Select(result => (
            string.Create(CultureInfo.InvariantCulture, $"contrast {result.Contrast:0.###}"),
            string.Create(CultureInfo.InvariantCulture, $"separation {result.Separation:0.000}{(result.Separation >= BlindnessProbe.Found ? "" : ", not found")}"))),
        ("faintest found", faintest is double contrast
            ? string.Create(CultureInfo.InvariantCulture, $"{contrast:0.###} of the grey values from black to white")
            : "none: blind to this signal. An empty mask says nothing about what is there"),
    ]);

    private static string ToJson(IReadOnlyList<(double Contrast, double? Separation)> results, double? faintest) => new JsonObject
    {
        ["contrasts"] = new JsonArray([.. results.Select(result => new JsonObject { ["contrast"] = result.Contrast, ["separation"] = result.Separation })]),
        ["faintest"] = faintest,
        ["isBlind"] = faintest is null,
    }.ToJsonString();

    /// <summary>Words as pairs: <c>--name value</c> or <c>--name=value</c>.</summary>
    private static List<(string Option, string Value)> OptionsOf(string[] words)
    {
        List<(string, string)> options = [];
        for (int i = 0; i < words.Length; i++)
        {
            int sign = words[i].IndexOf('=', StringComparison.Ordinal);
            bool isOption = words[i].StartsWith("--", StringComparison.Ordinal);
            if (!isOption || (sign < 0 && i + 1 == words.Length))
            {
                throw new UsageException($"'{words[i]}': expected options of segment with a value each, such as --model small.");
            }

            options.Add(sign > 0 ? (words[i][2..sign], words[i][(sign + 1)..]) : (words[i][2..], words[++i]));
        }

        return options;
    }

    private static double[] ParseContrasts(string text) =>
    [
        .. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= -1 and <= 1 && share != 0
            ? share
            : throw new FormatException($"'{part}' is no contrast: expected shares from -1 to 1, not 0.")),
    ];
}
