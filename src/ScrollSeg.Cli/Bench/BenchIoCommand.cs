using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Measurement;

namespace ScrollSeg.Cli.Bench;

/// <summary><c>scrollseg bench io</c>: decoding beside the C libraries, whole arrays beside zarr-python, memory beside its budget.</summary>
internal static class BenchIoCommand
{
    private static readonly Option<string> Python = new("--python")
    {
        Description = "Python with numcodecs and zarr 2 (Debian: python3-zarr), which is measured by turns with this program.",
        DefaultValueFactory = _ => "/usr/bin/python3",
    };

    private static readonly Option<Shape3?> Shape = ParsedOption.Create<Shape3?>(
        "--shape", "Z,Y,X", "Extent of the whole array, in u16. Default: 512,512,512.", text => Triple.Parse(text));

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often everything is measured, by turns; medians are printed.",
        DefaultValueFactory = _ => 5,
    };

    private static readonly Option<string?> Folder = new("--folder") { Description = "Where files go, and are deleted. Default: the system's folder for temporary files." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    /// <summary>What is converted within which budget.</summary>
    private static readonly (string Target, long Budget, string[] Options)[] Conversions =
    [
        ("zarr", 192 << 20, []),
        ("zarr", 256 << 20, []),
        ("zarr", 512 << 20, ["--zarr-format", "3", "--chunk", "64,64,64", "--shard-shape", "128,128,128"]),
        ("tif", 192 << 20, []),
        ("nrrd", 192 << 20, []),
    ];

    public static Command Create()
    {
        Rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--rounds must be at least 1.");
            }
        });
        Command command = new("io", "Times decoding beside the C libraries and whole arrays beside zarr-python, and watches convert's memory.")
        {
            Python, Shape, Rounds, Folder, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken ct)
    {
        string parent = args.GetValue(Folder) ?? Path.GetTempPath();
        DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(parent, $"scrollseg-bench-{Guid.NewGuid():N}"));
        try
        {
            List<IoTiming> timings = [];
            List<(string Name, long Budget, long Peak)> peaks = [];
            await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, async progress =>
            {
                using IoBenchmark benchmark = new(
                    args.GetRequiredValue(Python), folder.FullName, args.GetValue(Shape) ?? new Shape3(512, 512, 512), args.GetValue(Rounds));
                progress.Begin("bench", benchmark.Cases + Conversions.Length, "cases");
                foreach (IoTiming timing in benchmark.Run(ct))
                {
                    timings.Add(timing);
                    progress.Advance(timings.Count);
                }

                foreach ((string target, long budget, string[] options) in Conversions)
                {
                    peaks.Add(await ConvertAsync(benchmark.ArrayPath, folder.FullName, target, budget, options, ct));
                    progress.Advance(timings.Count + peaks.Count);
                }

                return timings.Count;
            });
            args.InvocationConfiguration.Output.WriteLine(args.GetValue(Json) ? ToJson(timings, peaks).ToJsonString() : ToText(timings, peaks, args.GetValue(Rounds)));
            return ExitCode.Done;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(string Name, long Budget, long Peak)> ConvertAsync(
        string source, string folder, string target, long budget, string[] options, CancellationToken ct)
    {
        string result = Path.Combine(folder, $"converted.{target}");
        long peak = await ChildMemory.PeakOfAsync(["convert", source, result, "--overwrite", "--memory", $"{budget}", .. options], ct);
        return ($"convert to {target} {string.Join(' ', options)}".TrimEnd(), budget, peak);
    }

    /// <summary>Tables in Markdown, to be kept as they are.</summary>
    private static string ToText(List<IoTiming> timings, List<(string Name, long Budget, long Peak)> peaks, int rounds)
    {
        List<string> lines = [Text($"Medians of {rounds} rounds by turns, {Environment.ProcessorCount} processors.")];
        foreach ((string work, string title) in new[]
        {
            ("decode", "decode, one core"), ("read", "whole array, read"), ("write", "whole array, written"),
        })
        {
            lines.AddRange(["", $"| {title} | stored / raw | peer, GB/s | ours, GB/s | ours / peer | bytes allocated |", "|---|---|---|---|---|---|"]);
            lines.AddRange(timings.Where(timing => timing.Work == work).Select(timing => Text(
                $"| {timing.Name} | {timing.StoredBytes / (double)timing.Bytes:0.00} | {timing.PeerRate / 1e9:0.00} | {timing.Rate / 1e9:0.00} | {timing.Ratio:0.00} | {timing.Allocated} |")));
        }

        lines.AddRange(["", "| memory | budget, MiB | peak resident, MiB |", "|---|---|---|"]);
        lines.AddRange(peaks.Select(peak => Text($"| {peak.Name} | {peak.Budget >> 20} | {peak.Peak >> 20} |")));
        return string.Join(Environment.NewLine, lines);
    }

    private static JsonObject ToJson(List<IoTiming> timings, List<(string Name, long Budget, long Peak)> peaks) => new()
    {
        ["timings"] = new JsonArray([.. timings.Select(timing => new JsonObject
        {
            ["work"] = timing.Work,
            ["name"] = timing.Name,
            ["bytes"] = timing.Bytes,
            ["storedBytes"] = timing.StoredBytes,
            ["seconds"] = new JsonArray([.. timing.Seconds.Select(seconds => JsonValue.Create(seconds))]),
            ["peerSeconds"] = new JsonArray([.. timing.PeerSeconds.Select(seconds => JsonValue.Create(seconds))]),
            ["ratio"] = timing.Ratio,
        })]),
        ["memory"] = new JsonArray([.. peaks.Select(peak => new JsonObject
        {
            ["name"] = peak.Name,
            ["budgetBytes"] = peak.Budget,
            ["peakBytes"] = peak.Peak,
        })]),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
