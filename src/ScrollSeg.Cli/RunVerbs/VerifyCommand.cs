using System.CommandLine;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.RunVerbs;

/// <summary><c>scrollseg verify --run DIR</c>: what a run wrote against its records.</summary>
internal static class VerifyCommand
{
    private static readonly Option<string> Run = RunOption.Create();
    private static readonly Option<string> Level = new("--level")
    {
        Description = "quick: names and sizes. index: the first bytes of every object too. full: every byte, hashed and decoded.",
        DefaultValueFactory = _ => "quick",
    };

    public static Command Create()
    {
        Level.AcceptOnlyFromAmong("quick", "index", "full");
        Command command = new("verify", "Compares what a run wrote with its records.") { Run, Level };
        command.SetAction(RunAsync);
        return command;
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
