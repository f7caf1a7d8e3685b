using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Measurement;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Phantoms;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Bench;

/// <summary><c>scrollseg bench pipeline [VOLUME]</c>: the segment stage beside the parts that it cannot do without.</summary>
internal static class BenchPipelineCommand
{
    private static readonly Argument<string?> Volume = new("VOLUME")
    {
        Description = "What to segment. Default: a phantom of 512 x 512 x 512 voxels, made for the purpose.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often everything is measured, by turns; medians are printed.",
        DefaultValueFactory = _ => 5,
    };

    private static readonly Option<int> Milliseconds = new("--network-ms")
    {
        Description = "Time that the network which only waits takes per batch.",
        DefaultValueFactory = _ => 100,
    };

    private static readonly Option<string?> Folder = new("--folder") { Description = "Where outputs go, and are deleted. Default: the system's folder for temporary files." };
    private static readonly Option<long?> Memory = MemoryOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    public static Command Create()
    {
        foreach (Option<int> option in new[] { Rounds, Milliseconds })
        {
            option.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() < 1)
                {
                    result.AddError($"{option.Name} must be at least 1.");
                }
            });
        }

        Command command = new("pipeline", "Times the segment stage beside reading alone, writing alone, and a network that only waits.")
        {
            Volume, Rounds, Milliseconds, Folder, Memory, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        string parent = args.GetValue(Folder) ?? Path.GetTempPath();
        DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(parent, $"scrollseg-bench-{Guid.NewGuid():N}"));
        try
        {
            List<PipelineRound> rounds = await ProgressDisplay.RunAsync(
                args.InvocationConfiguration.Error, progress => MeasureAsync(args, folder.FullName, progress, cancellationToken));
            args.InvocationConfiguration.Output.WriteLine(args.GetValue(Json) ? ToJson(rounds).ToJsonString() : ToText(rounds));
            return ExitCode.Done;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<PipelineRound>> MeasureAsync(
        ParseResult args, string folder, IRunProgress progress, CancellationToken cancellationToken)
    {
        string path = args.GetValue(Volume) ?? await MakePhantomAsync(folder, progress, cancellationToken);
        await using VolumeReader volume = await VolumeFormats.OpenAsync(path, new ReaderOptions(), cancellationToken);
        List<PipelineRound> rounds = [];
        progress.Begin("bench", args.GetValue(Rounds), "rounds");
        for (int round = 0; round < args.GetValue(Rounds); round++)
        {
            string outputs = Path.Combine(folder, $"round-{round}");
            PipelineBenchmark benchmark = await PipelineBenchmark.CreateAsync(
                volume, outputs, args.GetValue(Memory) ?? MemoryOption.Default(), cancellationToken);
            rounds.Add(await benchmark.MeasureAsync(args.GetValue(Milliseconds), cancellationToken));
            Directory.Delete(outputs, recursive: true);
            progress.Advance(round + 1);
        }

        return rounds;
    }

    private static async Task<string> MakePhantomAsync(string folder, IRunProgress progress, CancellationToken cancellationToken)
    {
        ScrollPhantom phantom = new() { Shape = new Shape3(512, 512, 512), Seed = 1 };
        progress.Begin("phantom", ScrollPhantomWriter.ChunkCount(phantom), "chunks");
        string path = Path.Combine(folder, "phantom");
        await ScrollPhantomWriter.WriteAsync(
            phantom, path, new AtomicFile(FileOperations.System, Durability.None), null, progress.Advance, cancellationToken);
        return Path.Combine(path, "volume.zarr");
    }

    private static string ToText(List<PipelineRound> rounds) => SegmentSummary.Table(
    [
        ("reading alone", Seconds(rounds, round => round.Reading)),
        ("writing alone", Seconds(rounds, round => round.Writing)),
        ("segment, threshold", Text($"{Seconds(rounds, round => round.Stage)}; {Median(rounds, round => round.ThresholdRatio):0.00} times the longer of these")),
        ("network alone", Seconds(rounds, round => round.NetworkAlone)),
        ("segment, network", Text($"{Seconds(rounds, round => round.WithNetwork)}; {Median(rounds, round => round.NetworkRatio):0.000} times the network")),
        ("per voxel", Text($"{Median(rounds, round => 1e9 * round.PerVoxel[0]):0.00}, {Median(rounds, round => 1e9 * round.PerVoxel[1]):0.00}, {Median(rounds, round => 1e9 * round.PerVoxel[2]):0.00} ns in a quarter, a half and all of the height")),
        ("", Text($"medians of {rounds.Count} rounds, by turns, {Environment.ProcessorCount} processors")),
    ]);

    private static JsonObject ToJson(List<PipelineRound> rounds) => new()
    {
        ["thresholdRatio"] = Median(rounds, round => round.ThresholdRatio),
        ["networkRatio"] = Median(rounds, round => round.NetworkRatio),
        ["rounds"] = new JsonArray([.. rounds.Select(round => new JsonObject
        {
            ["readingSeconds"] = round.Reading,
            ["writingSeconds"] = round.Writing,
            ["stageSeconds"] = round.Stage,
            ["networkSeconds"] = round.NetworkAlone,
            ["stageWithNetworkSeconds"] = round.WithNetwork,
            ["secondsPerVoxel"] = new JsonArray([.. round.PerVoxel.Select(seconds => JsonValue.Create(seconds))]),
        })]),
    };

    private static string Seconds(List<PipelineRound> rounds, Func<PipelineRound, double> of) => Text($"{Median(rounds, of):0.00} s");

    private static double Median(List<PipelineRound> rounds, Func<PipelineRound, double> of)
    {
        double[] sorted = [.. rounds.Select(of).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
