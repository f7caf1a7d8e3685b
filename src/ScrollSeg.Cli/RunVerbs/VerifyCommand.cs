using System.CommandLine;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.RunVerbs;

/// <summary><c>scrollseg verify --run DIR</c>: what a run wrote against its records.</summary>
internal static class VerifyCommand
{
    private const string Deep = "deep";

    private static readonly Option<string> Run = RunOption.Create();
    private static readonly Option<string> Level = new("--level")
    {
        Description = "quick: names and sizes. index: the first bytes of every object too. full: every byte, hashed and decoded. deep: some units are computed again from the input.",
        DefaultValueFactory = _ => "quick",
    };

    private static readonly Option<int> Sample = new("--sample") { Description = "Units that 'deep' computes again.", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of the units that are drawn for it.", DefaultValueFactory = _ => 0 };

    public static Command Create(HostEnvironment host)
    {
        Level.AcceptOnlyFromAmong("quick", "index", "full", Deep);
        Command command = new("verify", "Compares what a run wrote with its records, or with its input.") { Run, Level, Sample, Seed };
        command.SetAction((args, cancellationToken) =>
            args.GetValue(Level) == Deep ? RecomputeAsync(args, host, cancellationToken) : RunAsync(args, cancellationToken));
        return command;
    }

    private static async Task<int> RecomputeAsync(ParseResult args, HostEnvironment host, CancellationToken cancellationToken)
    {
        TextWriter output = args.InvocationConfiguration.Output;
        RunFolder run = RunOption.Open(args.GetRequiredValue(Run));
        if (run.Manifest.Arguments.Count == 0)
        {
            throw new UsageException($"{run.Path}: was not begun from a command line, and so cannot be computed again by one.");
        }

        ParseResult begun = SegmentCommand.ParseAgain([.. run.Manifest.Arguments], host);
        await using VolumeReader volume = await SegmentCommand.OpenVolumeAsync(begun, cancellationToken);
        SegmentRequest request = SegmentCommand.RequestOf(begun, volume.Info) with { LimitsHeap = false };
        request = request with { ModelSettings = request.ModelSettings with { EmbeddingsUntouched = true } };
        IReadOnlyList<string> differences = await ProgressDisplay.RunAsync(
            args.InvocationConfiguration.Error,
            progress => new SegmentRun(request, volume, SegmentCommand.Models, progress)
                .RecomputeAsync(args.GetValue(Sample), args.GetValue(Seed), cancellationToken));
        output.WriteLine(differences.Count == 0
            ? "Every unit that was computed again is as stored."
            : string.Join(Environment.NewLine, differences));
        return differences.Count == 0 ? ExitCode.Done : ExitCode.UnitsFailed;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        TextWriter output = args.InvocationConfiguration.Output;
        VerificationLevel level = Enum.Parse<VerificationLevel>(args.GetRequiredValue(Level), ignoreCase: true);
        RunFolder run = RunOption.Open(args.GetRequiredValue(Run));
        long problems = await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, progress => Task.Run(
            () =>
            {
                long found = 0;
                foreach (string problem in new RunVerification(run, progress).FindDamage(level, cancellationToken))
                {
                    found++;
                    output.WriteLine(problem);
                }

                return found;
            },
            cancellationToken));
        output.WriteLine(problems == 0 ? "Every object is as recorded." : $"{problems} objects or units are not as recorded; the run's own command mends them.");
        return problems == 0 ? ExitCode.Done : ExitCode.UnitsFailed;
    }
}
