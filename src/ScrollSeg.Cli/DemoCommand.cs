using System.CommandLine;
using System.Globalization;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Evaluation.Reports;
using ScrollSeg.Sam;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Phantoms;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg demo</c>: the whole way on a made-up scroll, from the scan to a scored, stitched mask.</summary>
internal static class DemoCommand
{
    private const string Network = ShippedWeights.Small;

    /// <summary>What a network has to beat.</summary>
    private const string Baseline = "otsu";

    /// <summary>Three neighbouring slices in the three channels: what they share is the sheet, what they do not is noise.</summary>
    private const string Adapter = "rgb";

    private static readonly Shape3 DefaultShape = new(128, 320, 320);

    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "The folder to make.",
        DefaultValueFactory = _ => "scrollseg-demo",
    };

    private static readonly Option<int> Seed = new("--seed") { Description = "Which made-up scroll.", DefaultValueFactory = _ => 1 };
    private static readonly Option<Shape3?> Extent = ParsedOption.Create<Shape3?>(
        "--shape", "Z,Y,X", $"Its extent in voxels. Default {DefaultShape.Z},{DefaultShape.Y},{DefaultShape.X}.", text => Triple.Parse(text));
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Discard the output of an earlier demo." };

    public static Command Create()
    {
        Command command = new("demo", "Makes up a scroll, segments it, scores the mask and writes a page to look at.") { Output, Seed, Extent, Overwrite };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(args.GetRequiredValue(Output));
        ScrollPhantom phantom = PhantomOf(args);
        CheckFree(folder, args.GetValue(Overwrite));
        DemoFiles files = new(folder);
        (Segmented network, Segmented baseline) = await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, async progress =>
        {
            await MakeAsync(files, phantom, progress, cancellationToken);
            return (
                await SegmentAsync(files, files.Masks, Network, phantom, progress, cancellationToken),
                await SegmentAsync(files, files.BaselineMasks, Baseline, phantom, progress, cancellationToken));
        });

        AtomicFile writer = new(FileOperations.System, Durability.File);
        byte[] png = PngFile.Encode(network.Picture);
        writer.Write(files.Picture, png);
        WritePage(files, phantom, network, baseline, png, writer);
        Print(args.InvocationConfiguration.Output, files, network, baseline);
        return ExitCode.Done;
    }

    private static ScrollPhantom PhantomOf(ParseResult args)
    {
        try
        {
            return new ScrollPhantom { Shape = args.GetValue(Extent) ?? DefaultShape, Seed = args.GetValue(Seed) };
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException($"--shape {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private static async Task MakeAsync(DemoFiles files, ScrollPhantom phantom, IRunProgress progress, CancellationToken cancellationToken)
    {
        AtomicFile writer = new(FileOperations.System, Durability.File);
        progress.Begin("making up a scroll", ScrollPhantomWriter.ChunkCount(phantom), "chunks");
        using PhantomFolder folder = PhantomFolder.Create(files.Folder);
        await ScrollPhantomWriter.WriteAsync(phantom, folder.Partial, writer, null, progress.Advance, cancellationToken);
        folder.Complete();
    }

    private static async Task<Segmented> SegmentAsync(
        DemoFiles files, string masks, string model, ScrollPhantom phantom, IRunProgress progress, CancellationToken cancellationToken)
    {
        await using VolumeReader volume = await VolumeFormats.OpenAsync(files.Volume, new ReaderOptions(), cancellationToken);
        SegmentRequest request = new()
        {
            Output = masks,
            Model = model,
            ModelSettings = new ModelSettings { Adapter = model == Network ? Adapter : "auto" },
            Options = new SegmentOptions
            {
                MemoryBudget = MemoryOption.Default(),
                Strategy = model == Network ? new TupleSlices() : new EverySlice(),
            },
        };
        SegmentReport report = await new SegmentRun(request, volume, SegmentCommand.Models, progress).RunAsync(cancellationToken);

        await using VolumeReader mask = await VolumeFormats.OpenAsync(Path.Combine(masks, "labels", "mask"), new ReaderOptions(), cancellationToken);
        await using VolumeReader truth = await VolumeFormats.OpenAsync(files.Labels, new ReaderOptions(), cancellationToken);
        OverlapCounts score = await VolumeOverlap.CompareAsync(mask, truth, cancellationToken);
        int depth = phantom.Shape.Z;
        int[] slices = [depth / 4, depth / 2, 3 * depth / 4];
        PixelImage picture = await SlicePanel.DrawAsync(volume, mask, truth: null, report.Intensity, slices, cancellationToken);
        return new Segmented(model, report, score, picture);
    }

    /// <summary>Only a folder that is marked as a phantom's is ever replaced, and only once the new one is complete.</summary>
    private static void CheckFree(string folder, bool overwrite)
    {
        if (!Path.Exists(folder))
        {
            return;
        }

        if (!overwrite || !PhantomFolder.IsPhantom(folder))
        {
            throw new MismatchException($"{folder}: exists already. Give another folder with -o{(overwrite ? "" : ", or --overwrite to make the demo again")}.");
        }
    }

    private static void WritePage(
        DemoFiles files, ScrollPhantom phantom, Segmented network, Segmented baseline, byte[] png, AtomicFile writer)
    {
        RunSummary summary = new(
            "ScrollSeg: a made-up scroll, segmented",
            $"A wound papyrus sheet was made up together with its truth, segmented slice by slice, three neighbours at a time, with the network {network.Model}, and the slices' masks were " +
            "stitched into a volume; then the same with a plain threshold (Otsu). The phantom is hard on purpose: dirt between the sheets is as bright as " +
            "they are, so a threshold finds both.",
            $"scrollseg demo --seed {phantom.Seed} --shape {phantom.Shape.Z},{phantom.Shape.Y},{phantom.Shape.X} --overwrite -o {Path.GetFileName(files.Folder)}",
            [
                ($"Three slices. Above: as the scan shows them. Below: the outline of the mask of {network.Model} in orange.", png),
                ($"The same slices with the mask of {baseline.Model}.", PngFile.Encode(baseline.Picture)),
            ],
            [
                ($"Score of {network.Model} against the truth", [.. Scores(network.Score)]),
                ($"Score of {baseline.Model}", [.. Scores(baseline.Score)]),
                ("The run", [.. SegmentSummary.LinesOf(network.Report)]),
            ]);
        using StringWriter page = new(CultureInfo.InvariantCulture);
        HtmlReport.Write(summary, page);
        writer.Write(files.Page, System.Text.Encoding.UTF8.GetBytes(page.ToString()));
    }

    private static IEnumerable<(string Name, string Value)> Scores(OverlapCounts score)
    {
        yield return ("Dice", Format(score.Dice));
        yield return ("precision", Format(score.Precision));
        yield return ("recall", Format(score.Recall));
    }

    private static string Format(double? score) => score?.ToString("0.000", CultureInfo.InvariantCulture) ?? "undefined";

    private static void Print(TextWriter output, DemoFiles files, params IReadOnlyList<Segmented> runs)
    {
        List<(string Name, string Value)> lines =
        [
            .. runs.Select(run => ("Dice", $"{Format(run.Score.Dice)} (precision {Format(run.Score.Precision)}, recall {Format(run.Score.Recall)}) with {run.Model}")),
            ("scan", files.Volume),
            ("truth", files.Labels),
            ("masks", files.Masks),
            ("picture", files.Picture),
            ("page to open", files.Page),
        ];
        output.WriteLine(SegmentSummary.Table(lines));
    }

    private sealed record Segmented(string Model, SegmentReport Report, OverlapCounts Score, PixelImage Picture);

    private sealed record DemoFiles(string Folder)
    {
        public string Volume => Path.Combine(Folder, "volume.zarr");

        public string Labels => Path.Combine(Folder, "labels.zarr");

        public string Masks => Path.Combine(Folder, "masks.zarr");

        public string BaselineMasks => Path.Combine(Folder, $"{Baseline}.zarr");

        public string Picture => Path.Combine(Folder, "slices.png");

        public string Page => Path.Combine(Folder, "report.html");
    }
}
