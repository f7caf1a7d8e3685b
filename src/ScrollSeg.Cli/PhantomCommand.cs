using System.CommandLine;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Phantoms;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg phantom OUT --kind scroll --shape 256,1024,1024 --seed 1</c>: a made-up scan with its truth.</summary>
internal static class PhantomCommand
{
    private static readonly Argument<string> Output = new("OUT") { Description = "The folder to make." };

    private static readonly Option<string> Kind = new("--kind")
    {
        Description = "scroll: volume.zarr and labels.zarr. fragment: surface_volume/NN.tif, mask.png, inklabels.png, ir.png, truth.png.",
        DefaultValueFactory = _ => "scroll",
    };

    private static readonly Option<Shape3?> Extent = ParsedOption.Create<Shape3?>(
        "--shape", "Z,Y,X", "Extent in voxels. Default 128,256,256 for a scroll, 65,768,768 for a fragment.", text => Triple.Parse(text));

    private static readonly Option<int> Seed = new("--seed")
    {
        Description = "Which phantom of its kind.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Discard an existing phantom." };

    public static Command Create()
    {
        Kind.AcceptOnlyFromAmong("scroll", "fragment");
        Command command = new("phantom", "Makes up a scan together with its truth, the same for the same seed.")
        {
            Output, Kind, Extent, Seed, Overwrite,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        string output = args.GetRequiredValue(Output);
        bool scroll = args.GetRequiredValue(Kind) == "scroll";
        Shape3 shape = args.GetValue(Extent) ?? (scroll ? new Shape3(128, 256, 256) : new Shape3(65, 768, 768));
        int seed = args.GetValue(Seed);
        try
        {
            CheckFree(output, args.GetValue(Overwrite));
            await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, progress => scroll
                ? WriteScrollAsync(new ScrollPhantom { Shape = shape, Seed = seed }, output, progress, cancellationToken)
                : WriteFragmentAsync(new FragmentPhantom { Shape = shape, Seed = seed }, output, progress, cancellationToken));
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException($"--{e.ParamName?.ToLowerInvariant()} {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }

        args.InvocationConfiguration.Output.WriteLine(scroll
            ? $"{Path.Combine(output, "volume.zarr")}{Environment.NewLine}{Path.Combine(output, "labels.zarr")}"
            : output);
        return ExitCode.Done;
    }

    private static void CheckFree(string output, bool overwrite)
    {
        if (Path.Exists(output) && !overwrite)
        {
            throw new RunConflictException($"{output}: exists already. Give another output, or --overwrite to discard it.");
        }

        if (Path.Exists(output) && !PhantomFolder.IsPhantom(output))
        {
            throw new RunConflictException($"{output}: is no phantom, and is not overwritten.");
        }
    }

    private static async Task<bool> WriteScrollAsync(
        ScrollPhantom phantom, string output, IRunProgress progress, CancellationToken cancellationToken)
    {
        progress.Begin("phantom", ScrollPhantomWriter.ChunkCount(phantom), "chunks");
        using PhantomFolder folder = PhantomFolder.Create(output);
        AtomicFile files = new(FileOperations.System);
        await ScrollPhantomWriter.WriteAsync(phantom, folder.Partial, files, null, progress.Advance, cancellationToken);
        folder.Complete();
        return true;
    }

    private static async Task<bool> WriteFragmentAsync(
        FragmentPhantom phantom, string output, IRunProgress progress, CancellationToken cancellationToken)
    {
        progress.Begin("phantom", phantom.Shape.Z, "layers");
        using PhantomFolder folder = PhantomFolder.Create(output);
        AtomicFile files = new(FileOperations.System);
        await FragmentPhantomWriter.WriteAsync(phantom, folder.Partial, files, null, progress.Advance, cancellationToken);
        folder.Complete();
        return true;
    }
}
