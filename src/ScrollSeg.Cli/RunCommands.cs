using System.CommandLine;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary>The verbs that look after a run without its input: <c>status</c>, <c>verify</c>, <c>finalize</c>.</summary>
internal static class RunCommands
{
    private static readonly Option<string> Run = new("--run") { Description = "Folder of the run's state, OUT.run.", Required = true };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };
    private static readonly Option<string> Level = new("--level")
    {
        Description = "quick: records against names and sizes. full: every object read and hashed again.",
        DefaultValueFactory = _ => "quick",
    };

    public static IEnumerable<Command> Create()
    {
        Level.AcceptOnlyFromAmong("quick", "full");
        Command status = new("status", "Says how far a run is.") { Run, Json };
        status.SetAction(Status);
        Command verify = new("verify", "Compares what a run wrote with its records.") { Run, Level };
        verify.SetAction((args, cancellationToken) => VerifyAsync(args, cancellationToken));
        Command finalize = new("finalize", "Builds the pyramid and the metadata once all units are done, and gives the output its name.") { Run };
        finalize.SetAction(FinalizeAsync);
        return [status, verify, finalize];
    }

    private static int Status(ParseResult args)
    {
        RunStatus status = Open(args, new Silent()).GetStatus();
        TextWriter output = args.InvocationConfiguration.Output;
        if (args.GetValue(Json))
        {
            output.WriteLine(new JsonObject
            {
                ["output"] = status.Output,
                ["isComplete"] = status.IsComplete,
                ["done"] = status.Done,
                ["missing"] = new JsonArray([.. status.Missing.Select(unit => (JsonNode)unit)]),
                ["bytes"] = status.Bytes,
            }.ToJsonString());
            return ExitCode.Done;
        }

        output.WriteLine(SegmentSummary.Table(
        [
            ("output", status.IsComplete ? status.Output : $"{status.Output} (not complete)"),
            ("units done", $"{status.Done} of {status.Done + status.Missing.Count}"),
            ("written", ByteSize.Format(status.Bytes)),
            ("missing", status.Missing.Count == 0 ? "none" : string.Join(", ", status.Missing.Take(10)) + (status.Missing.Count > 10 ? ", ..." : "")),
        ]));
        return ExitCode.Done;
    }

    private static async Task<int> VerifyAsync(ParseResult args, CancellationToken cancellationToken)
    {
        TextWriter output = args.InvocationConfiguration.Output;
        if (args.GetValue(Level) == "quick")
        {
            RunStatus status = Open(args, new Silent()).GetStatus();
            output.WriteLine(status.Missing.Count == 0
                ? $"{status.Done} units: names and sizes agree with the records."
                : $"{status.Missing.Count} units are missing or not as recorded: {string.Join(", ", status.Missing)}");
            return status.Missing.Count == 0 ? ExitCode.Done : ExitCode.UnitsFailed;
        }

        IReadOnlyList<string> problems = await ProgressDisplay.RunAsync(
            args.InvocationConfiguration.Error,
            progress => Task.Run(() => Open(args, progress).VerifyHashes(cancellationToken), cancellationToken));
        output.WriteLine(problems.Count == 0 ? "Every object is as recorded." : string.Join(Environment.NewLine, problems));
        return problems.Count == 0 ? ExitCode.Done : ExitCode.UnitsFailed;
    }

    private static async Task<int> FinalizeAsync(ParseResult args, CancellationToken cancellationToken)
    {
        RunStatus status = await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, async progress =>
        {
            RunCompletion run = Open(args, progress);
            await run.FinishAsync(Environment.ProcessorCount, cancellationToken);
            return run.GetStatus();
        });
        args.InvocationConfiguration.Output.WriteLine(status.Output);
        return ExitCode.Done;
    }

    private static RunCompletion Open(ParseResult args, IRunProgress progress)
    {
        string path = args.GetRequiredValue(Run);
        AtomicFile files = new(FileOperations.System);
        RunFolder run = RunFolder.TryOpen(path, files) ?? throw new FileNotFoundException($"{path}: holds no run: there is no run.json in it.");
        return new RunCompletion(run, files, progress);
    }

    private sealed class Silent : IRunProgress
    {
        public void Begin(string name, long total, string unit)
        {
        }

        public void Advance(long done)
        {
        }

        public void Note(string text)
        {
        }
    }
}
