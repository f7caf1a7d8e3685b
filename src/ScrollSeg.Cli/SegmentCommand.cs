using System.CommandLine;
using System.Globalization;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Cli.Models;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Cli.Workers;
using ScrollSeg.Sam;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg segment VOLUME -o OUT.zarr --model otsu</c>: parse, build the request, run, print.</summary>
internal static class SegmentCommand
{
    /// <summary>The verb; it handles signals itself.</summary>
    public const string Name = "segment";

    /// <summary>Everything that <c>--model</c> may name, first match wins.</summary>
    public static readonly IModelSource[] Models = [new BaselineModelSource(), CachedModelSource.Default, new SamModelSource()];

    private static readonly Argument<string> Volume = new("VOLUME")
    {
        Description = "Zarr store, folder of TIFF, PNG or JPEG slices, multi-page TIFF, fragment folder or .volpkg.",
    };

    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "The OME-Zarr to make, for example masks.zarr.",
        Required = true,
    };

    private static readonly Option<string> Model = new("--model")
    {
        Description = $"What makes the masks: {string.Join(", ", Models.SelectMany(source => source.Accepts))}.",
        DefaultValueFactory = _ => ShippedWeights.Small,
    };

    private static readonly Option<string> Normal = Choice("--axis", "Normal of the slices; all: the three directions, their answers fused by --fusion.", "z", "y", "x", "all");
    private static readonly Option<string> Adapter = Choice(
        "--adapter", "How grey slices become the network's channels; auto: as the weights were trained.", "auto", "replicate", "rgb", "montage", "conv", "inflate");
    private static readonly Option<string> Prompts = new("--prompts")
    {
        Description = $"What the network is told besides the image: {PromptRule.Forms}.",
        DefaultValueFactory = _ => "none",
    };

    private static readonly Option<int?> Tile = new("--tile")
    {
        Description = "Voxels along a tile's side; smaller magnifies. Default: the network's view, 1:1.",
    };

    private static readonly Option<double> Overlap = new("--overlap")
    {
        Description = "Share of a tile that the next one covers again, 0 to 0.9.",
        DefaultValueFactory = _ => 0.25,
    };

    private static readonly Option<int?> Batch = new("--batch") { Description = "Tiles that go through the network at once. Default: as memory allows, at most 8." };
    private static readonly Option<string> Poses = Choice(
        "--tta",
        "Poses in which the network is asked about each tile, its answers averaged: mirrored (4 times), by quarter turns (4), or both (8).",
        "none", "flips", "turns", "all");

    private static readonly Option<double> Threshold = new("--threshold")
    {
        Description = "Probability from which on a voxel belongs to the mask.",
        DefaultValueFactory = _ => 0.5,
    };

    private static readonly Option<int> MaxGap = new("--max-gap")
    {
        Description = "Slices between two targets that are filled from both, by the distance from the borders of their masks; wider gaps stay empty, as all do by default.",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<string> Intensity = new("--intensity")
    {
        Description = $"Grey values that become black and white: {IntensityText.Forms}.",
        DefaultValueFactory = _ => new PercentileIntensity().ToString(),
    };

    private static readonly Option<string> Support = new("--support")
    {
        Description = "Where the scan has data; elsewhere the output is background: auto, none, equals:V.",
        DefaultValueFactory = _ => "auto",
    };

    private static readonly Option<string> Statistics = Choice("--statistics", "How much the statistics stage reads.", "auto", "exact", "sample");
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of whatever is drawn.", DefaultValueFactory = _ => 0 };
    private static readonly Option<Region?> RegionWanted = RegionOption.Create();
    public static readonly Option<long?> Memory = MemoryOption.Create();

    private static readonly Option<string> Device = new("--device") { Description = "auto, cpu, cuda, cuda:N, or cuda:all: a worker process for each GPU.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<int?> Workers = new("--workers")
    {
        Description = "Processes here that share the units and, in equal parts, --memory. Default 1; with --device cuda:all one per GPU.",
    };

    private static readonly Option<string> Precision = Choice("--precision", "Number format of the network's products; auto: bf16 where the device is fast at it.", "auto", "f32", "bf16");
    private static readonly Option<string?> Embeddings = EmbeddingsOption.Folder();
    private static readonly Option<long?> EmbeddingsSize = EmbeddingsOption.Size();
    private static readonly Option<string> Save = new("--save")
    {
        Description = "What is kept, separated by commas: probability, mask, uncertainty (how far several groups or directions are apart).",
        DefaultValueFactory = _ => "probability,mask",
    };

    private static readonly Option<LinkOptions?> Post = ParsedOption.Create<LinkOptions?>(
        "--post",
        "STEPS",
        "What is made of the mask once it is whole, separated by commas: hysteresis:LOW (a lower threshold) or closing:RADIUS, holes or holes:MOST_VOXELS, components:6|26 (labels/instances), min-size:VOXELS.",
        LinkOptions.Parse);

    private static readonly Option<int> Format = ZarrFormatOption.Create();
    private static readonly Option<string> Durable = Choice("--durability", "What finished writes survive: power failure, or only a kill.", "full", "file", "none");
    public static readonly Option<string?> Run = new("--run") { Description = "Folder of the run's state. Default: beside the output, OUT.run." };
    private static readonly Option<Shard?> ShardWanted = ShardOption.Create(
        "Compute only the I-th of N shares, from 0; 'finalize' completes the output when all are done. Default: what a batch system's variables say.");
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(60);
    private static readonly Option<TimeSpan?> Grace = ParsedOption.Create<TimeSpan?>(
        "--grace", "TIME", "After the first signal, time to finish what is in work. Default 60s.", text => Duration.Parse(text));
    private static readonly Option<TimeSpan?> Deadline = ParsedOption.Create<TimeSpan?>(
        "--deadline", "TIME", "Stop by itself after this time, such as 5h50m, with exit code 75; the same command goes on.", text => Duration.Parse(text));
    private static readonly Option<bool> Prepare = new("--prepare")
    {
        Description = "Plan, gather the statistics, begin the run, and stop before its first unit: for shards that share all that.",
    };

    /// <summary>This process works for another one: progress as JSON lines, orders on stdin.</summary>
    private static readonly Option<bool> Worker = new(SegmentWorkers.WorkerSwitch) { Hidden = true };
    private static readonly Option<bool> InputRepaired = new("--input-repaired")
    {
        Description = "Go on although the input's files have changed: damaged ones were replaced, and units that are done did not need them.",
    };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Discard an existing output." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    /// <summary>What a run depends on, and how it is computed; what only this process does is not in it.</summary>
    public static readonly IReadOnlyList<Option> Shared =
    [
        Output, Model, .. StrategyOptions.All, Normal, Adapter, Prompts, Tile, Overlap, Poses, Batch, Threshold, MaxGap, Intensity, Support, Statistics, Seed,
        RegionWanted, Memory, Device, Precision, Embeddings, EmbeddingsSize, Save, Format, Post, Durable, Run, Grace, .. ReadingOptions.All,
    ];

    public static Command Create(HostEnvironment host)
    {
        Command command = new(Name, "Segments a volume slice by slice and stitches the masks into an OME-Zarr.") { Volume };
        Add(command, [ConfigurationFile.Option, .. Shared, Workers, ShardWanted, Prepare, Deadline, InputRepaired, Overwrite, Json, Worker]);
        command.SetAction((args, cancellationToken) => RunAsync(args, host, cancellationToken));
        return command;
    }

    /// <summary>What a run was begun with, or another process is told, as if it had been typed.</summary>
    /// <param name="words">The words behind the verb.</param>
    /// <param name="host">This machine.</param>
    /// <exception cref="UsageException">This program does not take them.</exception>
    public static ParseResult ParseAgain(string[] words, HostEnvironment host)
    {
        ParseResult parsed = Create(host).Parse(words);
        return parsed.Errors.Count == 0
            ? parsed
            : throw new UsageException(string.Join(" ", parsed.Errors.Select(problem => problem.Message.ReplaceLineEndings(" "))));
    }

    /// <summary>Opens the volume of a command line.</summary>
    public static Task<VolumeReader> OpenVolumeAsync(ParseResult args, CancellationToken cancellationToken) =>
        VolumeFormats.OpenAsync(args.GetRequiredValue(Volume), ReadingOptions.Of(args), cancellationToken);

    /// <summary><c>plan</c>: the same options, and nothing is written.</summary>
    public static Command CreatePlan()
    {
        Command command = new("plan", "Says what segment would read, compute, hold and write; writes nothing but its --picture.") { Volume };
        Add(command, [ConfigurationFile.Option, .. Shared, ShardWanted, Deadline, Overwrite, Json, PlanPicture.Picture, PlanPicture.Voxel]);
        command.SetAction(PlanAsync);
        return command;
    }

    private static void Add(Command command, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            command.Add(option);
        }
    }

    /// <summary>What another process has to be told to work on the same run.</summary>
    public static SegmentArguments ArgumentsOf(ParseResult args) => SegmentArguments.Of(args, args.GetRequiredValue(Volume), Shared);

    private static async Task<int> PlanAsync(ParseResult args, CancellationToken cancellationToken)
    {
        await using VolumeReader volume = await OpenVolumeAsync(args, cancellationToken);
        SegmentRequest request = RequestOf(args, volume.Info);
        request = request with { ModelSettings = request.ModelSettings with { EmbeddingsUntouched = true } };
        (RunPlan plan, RunEstimate estimate) = await ProgressDisplay.RunAsync(
            args.InvocationConfiguration.Error, progress => new SegmentRun(request, volume, Models, progress).PlanAsync(cancellationToken));
        await PlanPicture.DrawAsync(args, plan, volume, cancellationToken);
        PlanSummary summary = PlanSummary.Of(plan, estimate, request);
        args.InvocationConfiguration.Output.WriteLine(args.GetValue(Json) ? summary.ToJson().ToJsonString() : summary.ToText());
        return ExitCode.Done;
    }

    private static Task<int> RunAsync(ParseResult args, HostEnvironment host, CancellationToken cancellationToken)
    {
        string[] devices = SegmentWorkers.DevicesFor(args.GetRequiredValue(Device), args.GetValue(Workers), host);
        return devices.Length == 1 ? RunAloneAsync(args, devices[0], host, cancellationToken) : RunWorkersAsync(args, devices, host);
    }

    private static async Task<int> RunAloneAsync(ParseResult args, string device, HostEnvironment host, CancellationToken cancellationToken)
    {
        await using VolumeReader volume = await OpenVolumeAsync(args, cancellationToken);
        bool isWorker = args.GetValue(Worker);
        using StopSignals signals = SignalsOf(args, isWorker);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Stop);
        SegmentRequest request = RequestOf(args, volume.Info);
        request = request with
        {
            Drain = signals.Drain,
            Shard = ShardOf(args, host, request.RunPath),
            ModelSettings = request.ModelSettings with { Device = device },
        };
        InvocationConfiguration streams = args.InvocationConfiguration;
        if (isWorker)
        {
            WorkerOrders.Follow(Console.In, signals);
        }

        return await UnlessStoppedAsync(signals, streams.Error, () => isWorker
            ? ComputeAsync(args, request, volume, new WorkerMessages(streams.Error), stop.Token)
            : ProgressDisplay.RunAsync(streams.Error, progress => ComputeAsync(args, request, volume, progress, stop.Token)));
    }

    /// <summary>A stop that was asked for is no failure: it has an exit code of its own.</summary>
    private static async Task<int> UnlessStoppedAsync(StopSignals signals, TextWriter error, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (signals.ExitCode != 0 && e is OperationCanceledException or RunStoppedException)
        {
            error.WriteLine($"stopped: {(e is RunStoppedException ? e.Message : "stopped at once; the same command goes on.")}");
            return signals.ExitCode;
        }
    }

    private static async Task<int> ComputeAsync(
        ParseResult args, SegmentRequest request, VolumeReader volume, IRunProgress progress, CancellationToken cancellationToken)
    {
        SegmentRun run = new(request, volume, Models, progress);
        TextWriter output = args.InvocationConfiguration.Output;
        if (args.GetValue(Prepare))
        {
            run = new SegmentRun(ForOthers(request), volume, Models, progress);
            output.WriteLine((await run.PrepareAsync(cancellationToken)).Path);
            return ExitCode.Done;
        }

        progress.NoteIfAny(MemoryOption.CautionOf(request.Options.MemoryBudget));
        SegmentReport report = await run.RunAsync(cancellationToken);
        if (request.Shard.Count > 1 && !args.GetValue(Worker))
        {
            progress.Note($"Shard {request.Shard} is done. When all are, 'scrollseg finalize --run {report.RunFolder}' completes the output.");
        }

        output.WriteLine(args.GetValue(Json) ? report.ToJson().ToJsonString() : SegmentSummary.Of(report));
        return ExitCode.Done;
    }

    /// <summary>A request that plans for other processes than this one: what they hold beside the plan may differ by some
    /// megabytes from what this one does, and the plan must fit in each.</summary>
    public static SegmentRequest ForOthers(SegmentRequest request) => request with
    {
        Options = request.Options with { MemoryBudget = request.Options.MemoryBudget - Math.Min(64L << 20, request.Options.MemoryBudget / 16) },
    };

    private static async Task<int> RunWorkersAsync(ParseResult args, string[] devices, HostEnvironment host)
    {
        SegmentArguments arguments = ArgumentsOf(args);
        string run = SegmentRequest.RunPathOf(args.GetRequiredValue(Output), args.GetValue(Run));
        using StopSignals signals = SignalsOf(args, isWorker: false);
        TextWriter error = args.InvocationConfiguration.Error;
        return await UnlessStoppedAsync(signals, error, async () =>
        {
            (int code, SegmentReport? report) = await ProgressDisplay.RunAsync(error, progress => new SegmentWorkers(
                arguments, devices, ShardOf(args, host, run), args.GetValue(Memory) ?? MemoryOption.Default(), signals, progress, error)
                .RunAsync([.. new[] { Overwrite, InputRepaired }.Where(args.GetValue).Select(option => option.Name)], args.GetValue(Prepare)));
            if (report is not null)
            {
                args.InvocationConfiguration.Output.WriteLine(args.GetValue(Json) ? report.ToJson().ToJsonString() : SegmentSummary.Of(report));
            }

            return code;
        });
    }

    private static StopSignals SignalsOf(ParseResult args, bool isWorker) =>
        new(args.GetValue(Grace) ?? DefaultGrace, args.GetValue(Deadline)) { DrainsOnly = isWorker };

    private static Shard ShardOf(ParseResult args, HostEnvironment host, string run) =>
        args.GetValue(ShardWanted) ?? ShardEnvironment.Find(host.Variables, () => ShardEnvironment.CountOf(run)) ?? Shard.Whole;

    /// <summary>What a command line asks for, as far as the volume is needed to know it.</summary>
    public static SegmentRequest RequestOf(ParseResult args, VolumeInfo volume)
    {
        try
        {
            return new SegmentRequest
            {
                Output = args.GetRequiredValue(Output),
                RunFolder = args.GetValue(Run),
                Arguments = ArgumentsOf(args).ToWords(),
                Model = args.GetRequiredValue(Model),
                ModelSettings = EmbeddingsOption.Apply(
                    args,
                    Embeddings,
                    EmbeddingsSize,
                    new ModelSettings
                    {
                        Device = SegmentWorkers.FirstOf(args.GetRequiredValue(Device)),
                        Precision = args.GetRequiredValue(Precision),
                        Adapter = args.GetRequiredValue(Adapter),
                        Prompts = PromptRule.Parse(args.GetRequiredValue(Prompts)),
                        Volume = volume,
                    }),
                Durability = Enum.Parse<Durability>(args.GetRequiredValue(Durable), ignoreCase: true),
                Overwrite = args.GetValue(Overwrite),
                InputRepaired = args.GetValue(InputRepaired),
                LimitsHeap = ReferenceEquals(args.InvocationConfiguration.Output, Console.Out), // not within a test's process
                Options = OptionsOf(args, args.GetValue(RegionWanted)?.In(volume)),
            };
        }
        catch (ArgumentOutOfRangeException e)
        {
            string option = string.Concat((e.ParamName ?? "").Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{c}" : $"{c}"));
            throw new UsageException($"--{option.ToLowerInvariant()} {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private static SegmentOptions OptionsOf(ParseResult args, Box3? region)
    {
        HashSet<string> save = [.. args.GetRequiredValue(Save).Split(',')];
        if (save.Count == 0 || !save.IsSubsetOf(["probability", "mask", "uncertainty"]))
        {
            throw new UsageException($"--save {args.GetValue(Save)}: expected probability, mask, uncertainty, or several separated by commas.");
        }

        return new SegmentOptions
        {
            Strategy = StrategyOptions.Of(args, args.GetValue(Seed)),
            Axes = args.GetRequiredValue(Normal) == "all" ? Enum.GetValues<Axis>() : [Enum.Parse<Axis>(args.GetRequiredValue(Normal), ignoreCase: true)],
            MaxGap = args.GetValue(MaxGap),
            Fusion = StrategyOptions.FusionOf(args),
            TimeLimit = StrategyOptions.TimeLimitOf(args),
            Tile = args.GetValue(Tile),
            Overlap = args.GetValue(Overlap),
            Poses = Enum.Parse<TilePoses>(args.GetRequiredValue(Poses), ignoreCase: true),
            Batch = args.GetValue(Batch),
            Threshold = args.GetValue(Threshold),
            Intensity = IntensityText.Parse(args.GetRequiredValue(Intensity)),
            Support = ParseSupport(args.GetRequiredValue(Support)),
            Statistics = new StatisticsOptions
            {
                Mode = Enum.Parse<StatisticsMode>(args.GetRequiredValue(Statistics), ignoreCase: true),
                Seed = args.GetValue(Seed),
            },
            Region = region,
            MemoryBudget = args.GetValue(Memory) ?? MemoryOption.Default(),
            SaveProbability = save.Contains("probability"),
            SaveMask = save.Contains("mask"),
            SaveUncertainty = save.Contains("uncertainty"),
            ZarrFormat = args.GetValue(Format),
            Post = args.GetValue(Post),
        };
    }

    private static SupportRule ParseSupport(string text) => text.Split(':') switch
    {
        ["auto"] => SupportRule.Automatic,
        ["none"] => SupportRule.None,
        ["equals", string value] when double.IsFinite(Number(value)) => SupportRule.NotEqualTo(Number(value)),
        _ => throw new UsageException($"--support {text}: expected auto, none or equals:V, V a grey value of the volume."),
    };

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;

    private static Option<string> Choice(string name, string description, params string[] values)
    {
        Option<string> option = new(name)
        {
            Description = $"{description} {(values.Length == 1 ? $"Only {values[0]} so far." : $"{string.Join(", ", values)}.")}",
            DefaultValueFactory = _ => values[0],
        };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
