using System.CommandLine;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.RunVerbs;

/// <summary><c>scrollseg finalize --run DIR</c>: pyramid, metadata, final name.</summary>
internal static class FinalizeCommand
{
    private static readonly Option<string> Run = RunOption.Create();
    private static readonly Option<Shard?> ShardWanted = ShardOption.Create(
        "Build only the I-th of N shares of the pyramid, from 0; who finds nothing missing finishes the output.");

    public static Command Create()
    {
        Command command = new(
            "finalize", "Builds the pyramid and the metadata once all units are done, and gives the output its name; exit code 75 while units are missing.")
        {
            Run,
            ShardWanted,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        RunFolder run = RunOption.Open(args.GetRequiredValue(Run));
        await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, async progress =>
        {
            RunCompletion completion = new(run, new AtomicFile(FileOperations.System), progress);
            await completion.FinishAsync(Environment.ProcessorCount, args.GetValue(ShardWanted), cancellationToken);
            return true;
        });
        args.InvocationConfiguration.Output.WriteLine(run.Manifest.Output);
        return ExitCode.Done;
    }
}
