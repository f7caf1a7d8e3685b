using System.CommandLine;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg link MASK -o OUT.zarr</c>: objects of a mask that is there already.</summary>
internal static class LinkCommand
{
    /// <summary>The verb; it handles signals itself.</summary>
    public const string Name = "link";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private static readonly Argument<string> Volume = new("MASK")
    {
        Description = "A mask, such as OUT.zarr/labels/mask; a probability of 8 bits with --threshold; numbered slices with --post slices.",
    };

    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "The OME-Zarr to make: labels/mask and labels/instances.",
        Required = true,
    };

    private static readonly Option<LinkOptions?> Post = ParsedOption.Create<LinkOptions?>(
        "--post",
        "STEPS",
        "Taken in this order, separated by commas: hysteresis:LOW (below --threshold) or closing:RADIUS, holes or holes:MOST_VOXELS, components:6|26, " +
        $"min-size:VOXELS. Or alone: slices:MAX_GAP, for numbers that mean the same only within their slice. Default: {LinkOptions.Default}.",
        LinkOptions.Parse);

    private static readonly Option<double?> Threshold = new("--threshold")
    {
        Description = "Probability from which on a voxel is in. Default: whatever is not 0 is.",
    };

    private static readonly Option<long?> Memory = MemoryOption.Create();
    private static readonly Option<string?> Run = new("--run") { Description = "Folder of the state. Default: beside the output, OUT.run." };
    private static readonly Option<Shard?> ShardWanted = ShardOption.Create(
        "Do only the I-th of N shares, from 0, of the pass that is next; it stops where other shares are missing, to be run again.");
    private static readonly Option<Durability> Durable = new("--durability")
    {
        Description = "What finished writes survive: power failure (full, file), or only a kill (none).",
        DefaultValueFactory = _ => Durability.Full,
    };
    private static readonly Option<int> Format = ZarrFormatOption.Create();
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Discard an existing output." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    public static Command Create()
    {
        Command command = new(Name, "Finds the objects of a mask of any size, or of slices that were numbered one by one.")
        {
            Volume, Output, Format, Post, Threshold, Memory, Run, ShardWanted, Durable, Overwrite, Json,
        };
        ReadingOptions.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        ReaderOptions reading = ReadingOptions.Of(args);
        await using VolumeReader volume = await VolumeFormats.OpenAsync(args.GetRequiredValue(Volume), reading, cancellationToken);
        using StopSignals signals = new(Grace, deadline: null);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Stop);
        LinkRequest request = RequestOf(args) with { Reading = reading, Drain = signals.Drain };
        InvocationConfiguration streams = args.InvocationConfiguration;
        try
        {
            (RunFolder run, MergeCounts? objects) = await ProgressDisplay.RunAsync(
                streams.Error, progress => new LinkRun(request, volume, progress).RunAsync(stop.Token));
            streams.Output.WriteLine(args.GetValue(Json) ? ToJson(run, objects) : ToText(run, objects));
            return ExitCode.Done;
        }
        catch (Exception e) when (signals.ExitCode != 0 && e is OperationCanceledException or RunStoppedException)
        {
            streams.Error.WriteLine($"stopped: {(e is RunStoppedException ? e.Message : "stopped at once; the same command goes on.")}");
            return signals.ExitCode == 0 ? ExitCode.StoppedEarly : signals.ExitCode;
        }
    }

    private static LinkRequest RequestOf(ParseResult args)
    {
        try
        {
            return new LinkRequest
            {
                Output = args.GetRequiredValue(Output),
                RunPath = SegmentRequest.RunPathOf(args.GetRequiredValue(Output), args.GetValue(Run)),
                Options = args.GetValue(Post) ?? LinkOptions.Default,
                Threshold = args.GetValue(Threshold),
                MemoryBudget = args.GetValue(Memory) ?? MemoryOption.Default(),
                Durability = args.GetValue(Durable),
                Overwrite = args.GetValue(Overwrite),
                ZarrFormat = args.GetValue(Format),
                Shard = args.GetValue(ShardWanted) ?? Shard.Whole,
            };
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException($"--{e.ParamName?.ToLowerInvariant()} {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private static string ToText(RunFolder run, MergeCounts? objects) => SegmentSummary.Table(
    [
        ("output", run.Manifest.Output),
        ("run", run.Path),
        ("steps", run.Manifest.Post!),
        .. objects is null ? [] : new[]
        {
            ("objects", $"{objects.Taken}"),
            ("voxels in them", $"{objects.Voxels}"),
            ("removed objects", $"{objects.Objects - objects.Taken}"),
        },
    ]);

    private static string ToJson(RunFolder run, MergeCounts? objects) => new JsonObject
    {
        ["output"] = run.Manifest.Output,
        ["run"] = run.Path,
        ["post"] = run.Manifest.Post,
        ["objects"] = objects?.Taken,
        ["objectVoxels"] = objects?.Voxels,
        ["removedObjects"] = objects?.Objects - objects?.Taken,
    }.ToJsonString();
}
