using System.CommandLine;
using ScrollSeg.Cli.Bench;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Cli.Downloads;
using ScrollSeg.Cli.Evaluating;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Cli.RunVerbs;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli;

/// <summary>The whole command line, and what each failure becomes: one line on stderr and an exit code.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Print stack traces with errors.",
        Recursive = true,
    };

    public static RootCommand Create(HostEnvironment host)
    {
        RootCommand root = new("Segments volumetric x-ray scans slice by slice and stitches the masks into 3D.")
        {
            DemoCommand.Create(),
            InfoCommand.Create(),
            ConvertCommand.Create(),
            SegmentCommand.CreatePlan(),
            SegmentCommand.Create(host),
            LinkCommand.Create(),
            PredictCommand.Create(),
            PhantomCommand.Create(),
            TrainCommand.Create(),
            ToyCommand.Create(),
            EvaluateCommand.Create(),
            SubmissionCommand.Create(),
            ExperimentCommand.Create(host),
            ProbeCommand.Create(host),
            ViewCommand.Create(),
            ModelsCommand.Create(),
            DataCommand.Create(),
            StatusCommand.Create(),
            VerifyCommand.Create(host),
            FinalizeCommand.Create(),
            RetryListCommand.Create(),
            new Command("bench", "Measures this machine.") { BenchIoCommand.Create(), BenchEncoderCommand.Create(), BenchPipelineCommand.Create() },
            SubmitCommand.Create(host),
            Verbose,
        };
        return root;
    }

    /// <summary>Parses and runs; a test hands in writers and an environment of its own.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null, HostEnvironment? host = null)
    {
        RootCommand root = Create(host ?? HostEnvironment.Current());
        try
        {
            args = ConfigurationFile.Expand(args, root);
        }
        catch (Exception e) when (e is UsageException or IOException or UnauthorizedAccessException)
        {
            return Report(e, verbose: false, error ?? Console.Error);
        }

        ParseResult parsed = root.Parse(args);
        using Interruption? interruption = parsed.CommandResult.Command.Name is SegmentCommand.Name or LinkCommand.Name ? null : new(); // it drains
        InvocationConfiguration configuration = new()
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // its two seconds are less than one batch of a network takes to drain
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,
        };
        List<string> problems = [.. parsed.Errors.Select(problem => problem.Message.ReplaceLineEndings(" "))];
        if (problems.Count == 0 && args.Any(string.IsNullOrWhiteSpace))
        {
            problems.Add("An argument is empty: is a variable of the shell unset?");
        }

        if (problems.Count > 0)
        {
            configuration.Error.WriteLine($"error: {string.Join(" ", problems)} (--help lists the options)");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(configuration, interruption?.Token ?? CancellationToken.None);
        }
        catch (OperationCanceledException) when (interruption?.Signal is not null)
        {
            configuration.Error.WriteLine($"error: stopped by {interruption.Signal} before the work was done.");
            return interruption.ExitCode;
        }
#pragma warning disable CA1031 // the edge of the program: every failure becomes a line and a code
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Report(e, parsed.GetValue(Verbose), configuration.Error);
        }
    }

    /// <summary>Bad data is an <see cref="IOException"/> too, and so comes first.</summary>
    private static int CodeOf(Exception e) => e switch
    {
        UsageException or InvalidRequestException => ExitCode.Usage,
        MismatchException or RunConflictException or NativeRuntimeException => ExitCode.Mismatch,
        VolumeFormatException or CheckpointException or WrongFileException => ExitCode.BadInput,
        TrainingStoppedException => ExitCode.BadInput,
        ArithmeticException when e.GetType() == typeof(ArithmeticException) => ExitCode.BadInput, // NaN: weights or scan
        RunStoppedException => ExitCode.StoppedEarly,
        UnitsFailedException => ExitCode.UnitsFailed,
        OperationCanceledException => ExitCode.Interrupted,
        IOException or UnauthorizedAccessException or DeviceMemoryException => ExitCode.InputOutput,
        _ => ExitCode.Bug,
    };

    private static int Report(Exception e, bool verbose, TextWriter error)
    {
        int code = CodeOf(e);
        string hint = code == ExitCode.Bug && !verbose ? " (a bug of ours: --verbose prints where)" : "";
        error.WriteLine($"error: {e.Message.ReplaceLineEndings(" ")}{hint}");
        if (verbose)
        {
            error.WriteLine(e);
        }

        return code;
    }
}
