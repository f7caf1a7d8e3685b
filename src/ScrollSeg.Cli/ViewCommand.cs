using System.CommandLine;
using ScrollSeg.Viewer;

namespace ScrollSeg.Cli;

/// <summary><c>view PATH</c>: a page on this machine to look at a volume and the mask over it.</summary>
internal static class ViewCommand
{
    private static readonly Argument<string> Volume = new("PATH") { Description = "The volume to look at: see info." };

    private static readonly Option<string?> Over = new("--over")
    {
        Description = "A volume of the same shape to draw over it wherever it is not zero; of an OME-Zarr made by segment, its " +
            "mask. Default: the mask in PATH itself, if there is one.",
        HelpName = "MASK.zarr",
    };

    private static readonly Option<int> Port = new("--port")
    {
        Description = "TCP port on 127.0.0.1. Default 0: any free one.",
        HelpName = "N",
        DefaultValueFactory = _ => new ViewerOptions().Port,
    };

    public static Command Create()
    {
        Command command = new("view", "Shows a volume, slice by slice, and its mask on a web page that only this machine can open.")
        {
            Volume, Over, Port,
        };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>Serves until interrupted, which is how looking at something ends: exit code 0.</summary>
    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ViewerOptions options = OptionsOf(parsed);
        await using ViewerServer server = await ViewerServer.StartAsync(parsed.GetRequiredValue(Volume), options, cancellationToken);
        parsed.InvocationConfiguration.Output.WriteLine(server.Address);
        parsed.InvocationConfiguration.Error.WriteLine("Open this address in a browser on this machine. Ctrl+C ends.");
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Done;
    }

    private static ViewerOptions OptionsOf(ParseResult parsed)
    {
        try
        {
            return new ViewerOptions { Over = parsed.GetValue(Over), Port = parsed.GetValue(Port) };
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException($"--port {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }
}
