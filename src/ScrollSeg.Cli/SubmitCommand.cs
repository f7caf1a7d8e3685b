using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg submit slurm VOLUME -o OUT.zarr --shards 100 ..</c>: prepares a run here and hands its shards to a batch
/// system.</summary>
internal static class SubmitCommand
{
    private const int DefaultWarning = 120; // seconds
    private const int WarningMargin = 30;   // seconds between the end of the grace time and the time limit

    private static readonly Argument<string?> Volume = new("VOLUME")
    {
        Description = "As for segment; left out with --run of a run that was begun already.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Output = new("--output", "-o") { Description = "The OME-Zarr to make, for example masks.zarr." };
    private static readonly Option<int?> Shards = new("--shards") { Description = "Tasks that share the units." };
    private static readonly Option<int> Cpus = new("--cpus") { Description = "Cores of a task.", DefaultValueFactory = _ => 4 };
    private static readonly Option<long?> Mem = ParsedOption.Create<long?>(
        "--mem", "BYTES", "Memory that the batch system gives a task. Default: --memory and an eighth, at least 512MiB more.", text => ByteSize.Parse(text));
    private static readonly Option<GpuRequest?> Gpus = ParsedOption.Create<GpuRequest?>(
        "--gpus", "[TYPE:]N", "GPUs of a task; with several, a worker process for each. Default: 1 with --device cuda, else none.", GpuRequest.Parse);
    private static readonly Option<int> Retries = new("--retries")
    {
        Description = "How often a task that stopped with work left is started again.",
        DefaultValueFactory = _ => 20,
    };

    private static readonly Option<string?> JobName = new("--name") { Description = "What people see in the queue. Default: from the output's name." };
    private static readonly Option<string[]> Program = new("--program")
    {
        Description = "Words that start scrollseg where the tasks run. Default for slurm: this program, for kubernetes: scrollseg.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Script = new("--script") { Description = "File to write, or - for stdout. Default: in the run's folder." };
    private static readonly Option<bool> Submit = new("--submit") { Description = "Queue it, too." };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Discard an existing output." };

    private static readonly Option<string?> Time = new("--time") { Description = "Time limit of a task: 5h50m, or Slurm's 05:50:00. Default: the site's." };
    private static readonly Option<string?> Partition = new("--partition") { Description = "Partition. Default: the site's." };
    private static readonly Option<string?> Account = new("--account") { Description = "Account. Default: yours." };
    private static readonly Option<TimeSpan?> Warning = ParsedOption.Create<TimeSpan?>(
        "--signal", "TIME", "A task is told to stop this long before its time limit. Default 2m.", text => Duration.Parse(text));
    private static readonly Option<int?> Throttle = new("--throttle") { Description = "Tasks that may run at the same time." };
    private static readonly Option<int> MaxArraySize = new("--max-array-size")
    {
        Description = "The site's MaxArraySize (scontrol show config); more shards become several arrays.",
        DefaultValueFactory = _ => 1001, // Slurm's own
    };

    private static readonly Option<string?> Image = new("--image") { Description = "Image that holds the program.", Required = true };
    private static readonly Option<string?> Namespace = new("--namespace") { Description = "Namespace. Default: yours." };
    private static readonly Option<string[]> Claims = new("--pvc") { Description = "NAME:PATH, a persistent volume claim and where it is mounted; may be repeated." };

    public static Command Create(HostEnvironment host)
    {
        Command slurm = new("slurm", "An array of Slurm jobs, and one that completes the output.");
        Add(slurm, [Time, Partition, Account, Warning, Throttle, MaxArraySize]);
        slurm.SetAction((args, cancellationToken) => SlurmAsync(args, host, cancellationToken));
        Command kubernetes = new("kubernetes", "An Indexed Job of Kubernetes; run it where volume, output and model have the paths that they have in the pods.");
        Add(kubernetes, [Image, Namespace, Claims, Throttle]);
        kubernetes.SetAction((args, cancellationToken) => KubernetesAsync(args, host, cancellationToken));
        return new Command("submit", "Prepares a run and writes what a batch system needs to compute it in shards.") { slurm, kubernetes };
    }

    private static void Add(Command command, IEnumerable<Option> own)
    {
        command.Add(Volume);
        foreach (Option option in own.Concat([Shards, Cpus, Mem, Gpus, Retries, JobName, Program, Script, Submit, Overwrite]).Concat(Shared))
        {
            command.Add(option);
        }
    }

    /// <summary>The options of segment, without the demand for an output.</summary>
    private static IEnumerable<Option> Shared => SegmentCommand.Shared.Where(option => option.Name != Output.Name).Prepend(Output).Prepend(ConfigurationFile.Option);

    private static async Task<int> SlurmAsync(ParseResult args, HostEnvironment host, CancellationToken cancellationToken)
    {
        int warning = (int)(args.GetValue(Warning) ?? TimeSpan.FromSeconds(DefaultWarning)).TotalSeconds;
        SlurmJob slurm = new()
        {
            Time = SlurmTime(args.GetValue(Time)),
            Partition = NameIn(args, Partition),
            Account = NameIn(args, Account),
            WarningSeconds = warning,
            Throttle = AtLeastOne(args, Throttle),
            MaxArraySize = AtLeastOne(args, MaxArraySize)!.Value,
        };
        SegmentArguments arguments = ArgumentsOf(args, host);
        string grace = arguments.ValueOf("--grace") ?? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, warning - WarningMargin)}s");
        if (Duration.Parse(grace).TotalSeconds >= warning)
        {
            throw new UsageException($"--grace {grace} must end before the time limit, of which tasks are warned {warning} s before (--signal).");
        }

        ClusterJob job = await PrepareAsync(args, host, arguments, OwnProgram.Command, cancellationToken);
        job = job with { Arguments = job.Arguments.With("--grace", grace) };
        return await DeliverAsync(args, SlurmScript.Write(job, slurm), Path.Combine(job.Run, RunFolder.ClusterFolder, "slurm.sh"), "bash");
    }

    private static async Task<int> KubernetesAsync(ParseResult args, HostEnvironment host, CancellationToken cancellationToken)
    {
        SegmentArguments arguments = ArgumentsOf(args, host);
        KubernetesJob kubernetes = new()
        {
            Image = args.GetRequiredValue(Image)!,
            Namespace = NameIn(args, Namespace),
            Volumes = [.. (args.GetValue(Claims) ?? []).Select(ClaimIn)],
            Parallelism = AtLeastOne(args, Throttle),
            GraceSeconds = (int)Duration.Parse(arguments.ValueOf("--grace") ?? "60").TotalSeconds,
        };
        ClusterJob job = await PrepareAsync(args, host, arguments, ["scrollseg"], cancellationToken);
        job = job with { Name = KubernetesJob.NameFrom(job.Name) };
        return await DeliverAsync(
            args, KubernetesManifest.Write(job, kubernetes), Path.Combine(job.Run, RunFolder.ClusterFolder, "kubernetes.yaml"), "kubectl", "create", "-f");
    }

    /// <summary>The command line of the run: given here, or kept by the run that was begun, with what is given here instead.</summary>
    private static SegmentArguments ArgumentsOf(ParseResult args, HostEnvironment host)
    {
        if (args.GetValue(Volume) is string volume)
        {
            return SegmentArguments.Of(args, volume, Shared);
        }

        string path = args.GetValue(SegmentCommand.Run) ?? throw new UsageException("Give a VOLUME and -o OUT.zarr, or --run of a run that was begun already.");
        RunFolder folder = RunFolder.TryOpen(path, new AtomicFile(FileOperations.System))
            ?? throw new FileNotFoundException($"{path}: holds no run: there is no run.json in it. Give a VOLUME and -o OUT.zarr.");
        if (folder.Manifest.Arguments.Count == 0)
        {
            throw new UsageException($"{path}: does not say which command began it. Give a VOLUME and -o OUT.zarr with the options that it was begun with.");
        }

        SegmentArguments begun = SegmentCommand.ArgumentsOf(SegmentCommand.ParseAgain([.. folder.Manifest.Arguments], host));
        return SegmentArguments.Of(args, begun.Volume, Shared).Options
            .Aggregate(begun, (all, option) => all.With(option.Name, option.Value));
    }

    private static async Task<ClusterJob> PrepareAsync(
        ParseResult args, HostEnvironment host, SegmentArguments arguments, IReadOnlyList<string> program, CancellationToken cancellationToken)
    {
        GpuRequest gpus = GpusFor(args.GetValue(Gpus), arguments.ValueOf("--device") ?? "auto");
        int cpus = AtLeastOne(args, Cpus)!.Value;
        ParseResult segment = SegmentCommand.ParseAgain(arguments.ToWords(), host);
        await using VolumeReader volume = await VolumeFormats.OpenAsync(arguments.Volume, ReadingOptions.Of(segment), cancellationToken);
        SegmentRequest request = SegmentCommand.RequestOf(segment, volume.Info);
        int shards = AtLeastOne(args, Shards) ?? ShardEnvironment.CountOf(request.RunPath) ?? throw new UsageException("Say with --shards N how many tasks share the units.");
        request = SegmentCommand.ForOthers(request) with
        {
            Shard = new Shard(0, shards),
            Overwrite = args.GetValue(Overwrite),
            ModelSettings = request.ModelSettings with { Device = "cpu" }, // planning needs no GPU, and where one submits there is none
        };
        request = request with { Options = request.Options with { Threads = cpus } };
        (RunFolder run, IReadOnlyList<int> left) = await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, async progress =>
        {
            RunFolder prepared = await new SegmentRun(request, volume, SegmentCommand.Models, progress).PrepareAsync(cancellationToken);
            return (prepared, new RunCompletion(prepared, new AtomicFile(FileOperations.System), progress).ListShardsLeft(shards));
        });

        long budget = segment.GetValue(SegmentCommand.Memory) ?? MemoryOption.Default();
        arguments = arguments.With("--memory", budget.ToString(CultureInfo.InvariantCulture)); // what the plan was made for, wherever a task runs
        return new ClusterJob
        {
            Name = NameIn(args, JobName) ?? "scrollseg-" + KubernetesJob.NameFrom(Path.GetFileNameWithoutExtension(request.Output)),
            Program = args.GetValue(Program) is { Length: > 0 } words ? words : program,
            Arguments = gpus.Count > 0 ? arguments.With("--device", DeviceFor(gpus, arguments.ValueOf("--device"))) : arguments,
            Run = run.Path,
            Shards = shards,
            ShardsLeft = left,
            Cpus = cpus,
            MemoryBytes = args.GetValue(Mem) ?? ClusterJob.MemoryFor(budget),
            Gpus = gpus,
            Retries = args.GetValue(Retries) is >= 0 and int retries ? retries : throw new UsageException($"--retries {args.GetValue(Retries)}: expected 0 or more."),
        };
    }

    private static async Task<int> DeliverAsync(ParseResult args, string text, string file, string command, params string[] words)
    {
        TextWriter output = args.InvocationConfiguration.Output;
        string path = args.GetValue(Script) ?? file;
        if (path == "-" && !args.GetValue(Submit))
        {
            output.Write(text);
            return ExitCode.Done;
        }

        path = Path.GetFullPath(path == "-" ? file : path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new AtomicFile(FileOperations.System).Write(path, System.Text.Encoding.UTF8.GetBytes(text));
        output.WriteLine(path);
        if (!args.GetValue(Submit))
        {
            args.InvocationConfiguration.Error.WriteLine($"note: queue it with: {ShellText.Join([command, .. words, path])}");
            return ExitCode.Done;
        }

        using Process queue = Process.Start(new ProcessStartInfo(command, [.. words, path]))!;
        await queue.WaitForExitAsync();
        return queue.ExitCode == 0
            ? ExitCode.Done
            : throw new IOException($"{ShellText.Join([command, .. words, path])}: ended with exit code {queue.ExitCode}; the run is prepared, and may be queued again.");
    }

    private static GpuRequest GpusFor(GpuRequest? wanted, string device)
    {
        bool onGpu = device.StartsWith("cuda", StringComparison.Ordinal);
        return (wanted, device) switch
        {
            (null, "cuda:all") => throw new UsageException("--device cuda:all: say with --gpus N how many a task gets."),
            (null, _) => onGpu ? new GpuRequest(null, 1) : GpuRequest.None,
            ({ Count: 0 }, _) when onGpu => throw new UsageException($"--device {device} needs a GPU, and --gpus asks for none."),
            ({ Count: > 0 }, "cpu") => throw new UsageException($"--device cpu uses none of the GPUs that --gpus {wanted} asks for."),
            _ => wanted,
        };
    }

    /// <summary>A task that asked for GPUs must not compute on the CPU in silence.</summary>
    private static string DeviceFor(GpuRequest gpus, string? device) =>
        device is null or "auto" or "cuda" ? (gpus.Count > 1 ? "cuda:all" : "cuda") : device;

    private static string? SlurmTime(string? text)
    {
        if (text is null || (text.Contains(':', StringComparison.Ordinal) && text.All(c => char.IsAsciiDigit(c) || c is ':' or '-')))
        {
            return text;
        }

        try
        {
            TimeSpan time = Duration.Parse(text);
            return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays}-{time:hh\\:mm\\:ss}");
        }
        catch (FormatException e)
        {
            throw new UsageException($"--time: {e.Message}");
        }
    }

    private static int? AtLeastOne(ParseResult args, Option option)
    {
        int? value = option is Option<int> required ? args.GetValue(required) : args.GetValue((Option<int?>)option);
        return value is < 1 ? throw new UsageException($"{option.Name} {value}: expected 1 or more.") : value;
    }

    private static string? NameIn(ParseResult args, Option<string?> option) => args.GetValue(option) is not string name || SlurmJob.IsName(name)
        ? args.GetValue(option)
        : throw new UsageException($"{option.Name} {name}: expected letters, digits, and - _ . or a comma.");

    private static (string Claim, string Path) ClaimIn(string text) => text.Split(':', 2) is [{ Length: > 0 } claim, ['/', ..] path]
        ? (claim, path)
        : throw new UsageException($"--pvc {text}: expected NAME:PATH, the path absolute.");
}
