using System.CommandLine;
using System.Globalization;
using System.Text;
using ScrollSeg.Cli.Training;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Phantoms;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg toy</c>: sees a SAM learn ink on an infrared photograph, which is easy, before the same is tried on
/// x-ray, which is not.</summary>
internal static class ToyCommand
{
    /// <summary>The settings for the step after this one, in the folder.</summary>
    public const string NextName = "xray.yaml";

    private static readonly Shape3 Fragment = new(65, 768, 768);

    private static readonly Option<string?> Image = new("--image") { Description = "The photograph. Default: that of a made-up fragment." };
    private static readonly Option<string?> Labels = new("--labels") { Description = "Where the ink is: not 0. As large as the photograph." };
    private static readonly Option<string?> Mask = new("--mask") { Description = "Where the papyrus is: not 0. Default everywhere." };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "The folder to make; the same command again goes on.",
        DefaultValueFactory = _ => "scrollseg-toy",
    };

    private static readonly Option<string?> Model = new("--model")
    {
        Description = "The checkpoint to begin with, or 'new'. Default: small where it is there, else new.",
    };

    private static readonly Option<string> HeldOut = new("--held-out")
    {
        Description = "What is not learned from: left, right, top, bottom or a region.",
        DefaultValueFactory = _ => "right",
    };

    private static readonly Option<bool> Clahe = new("--clahe") { Description = "Even out the photograph's contrast first (contrast-limited adaptive histogram equalisation)." };
    private static readonly Option<int> Steps = new("--steps") { Description = "Steps of training.", DefaultValueFactory = _ => 300 };
    private static readonly Option<int> Batch = new("--batch") { Description = "Patches per step.", DefaultValueFactory = _ => 4 };
    private static readonly Option<double> Rate = new("--rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 5e-4 };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of everything that is drawn.", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Explain = new("--explain") { Description = "Describe every tensor of the first step on stderr." };

    public static Command Create()
    {
        Command command = new("toy", "Trains a SAM on an infrared photograph and scores it against a threshold.")
        {
            Image, Labels, Mask, Output, Model, HeldOut, Clahe, Steps, Batch, Rate, Seed, Explain,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(args.GetRequiredValue(Output));
        (string image, string labels, string? mask) = args.GetValue(Image) is string given
            ? (given, args.GetValue(Labels) ?? throw new UsageException("--image needs --labels: where the ink is."), args.GetValue(Mask))
            : FilesOf(Path.Combine(folder, "fragment"));
        TextWriter error = args.InvocationConfiguration.Error;
        ToyScore score = await ProgressDisplay.RunAsync(error, async progress =>
        {
            if (args.GetValue(Image) is null && !File.Exists(mask))
            {
                await MakeFragmentAsync(Path.Combine(folder, "fragment"), args.GetValue(Seed), progress, cancellationToken);
            }

            return await TrainAsync(args, folder, image, labels, mask, progress, cancellationToken);
        });
        Print(args, folder, score);
        return ExitCode.Done;
    }

    private static (string Image, string Labels, string Mask) FilesOf(string fragment) =>
        (Path.Combine(fragment, "ir.png"), Path.Combine(fragment, "inklabels.png"), Path.Combine(fragment, "mask.png"));

    private static async Task MakeFragmentAsync(string path, int seed, IRunProgress progress, CancellationToken cancellationToken)
    {
        AtomicFile writer = new(FileOperations.System, Durability.File);
        writer.CreateFolder(Path.GetDirectoryName(path)!);
        progress.Begin("making up a fragment", Fragment.Z, "layers");
        using PhantomFolder folder = PhantomFolder.Create(path);
        FragmentPhantom phantom = new() { Shape = Fragment, Seed = seed };
        await FragmentPhantomWriter.WriteAsync(phantom, folder.Partial, writer, null, progress.Advance, cancellationToken);
        folder.Complete();
    }

    /// <summary>Puts the photograph with even contrast beside the results, and works with that.</summary>
    private static string EvenOut(string image, string folder)
    {
        string even = Path.Combine(folder, "even.png");
        PngFile.Write(even, LocalContrast.Equalise(EightBitImage.From(ImageFile.Read(image)).ToGrey()), new AtomicFile(FileOperations.System, Durability.File));
        return even;
    }

    private static async Task<ToyScore> TrainAsync(
        ParseResult args, string folder, string image, string labels, string? mask, IRunProgress progress, CancellationToken cancellationToken)
    {
        image = args.GetValue(Clahe) ? EvenOut(image, folder) : image;
        ToyPictures pictures = ToyPictures.Read(image, labels, mask);
        await using VolumeReader photograph = await TrainingFiles.OpenAsync(image, cancellationToken);
        await using VolumeReader ink = await TrainingFiles.OpenAsync(labels, cancellationToken);
        await using VolumeReader? papyrus = mask is null ? null : await TrainingFiles.OpenAsync(mask, cancellationToken);
        Box3 kept = TrainingFiles.HeldOut(args.GetRequiredValue(HeldOut), photograph.Info);
        LabelledOptions options = new() { Seed = args.GetValue(Seed), Except = kept, Zoom = 1.5 };
        LabelledSource data = await LabelledSource.OpenAsync(photograph, ink, papyrus, options, cancellationToken);
        LabelledSource validation = await LabelledSource.OpenAsync(
            photograph, ink, papyrus, options with { Except = null, Within = kept, InOrder = true, Range = data.Range }, cancellationToken);
        foreach (string note in data.Notes)
        {
            progress.Note(note);
        }

        TrainingRun run = RunOf(args, folder, data, validation);
        progress.Begin("training", args.GetValue(Steps), "steps");
        await run.RunAsync(state => progress.Advance(state.Step), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();

        using ISliceSegmenter trained = new SamModelSource().OpenSliceSegmenter(run.Weights, new ModelSettings { Device = "cpu" })!;
        byte[] probability = await PictureProbability.OfAsync(trained, photograph, 0, data.Range, trained.ViewSide!.Value, cancellationToken);
        bool IsKept(int pixel) => kept.Contains(new Box3((0, pixel / pictures.Width, pixel % pictures.Width), new Shape3(1, 1, 1)));
        int level = ThresholdChoice.Best(probability, pictures.Labels, pixel => !IsKept(pixel));
        AtomicFile writer = new(FileOperations.System, Durability.File);
        PngFile.Write(Path.Combine(folder, "result.png"), pictures.Draw(probability, level), writer);
        writer.Write(Path.Combine(folder, NextName), Encoding.UTF8.GetBytes(NextFile(args)));
        return new ToyScore(
            ThresholdChoice.Score(pictures.Otsu(pixel => !IsKept(pixel)), 1, pictures.Labels, IsKept).Dice,
            ThresholdChoice.Score(probability, level, pictures.Labels, IsKept).Dice,
            level / 255.0,
            run.ScoreClicks(RegionView.Of(pictures.Grey, pictures.Labels, pictures.Width, kept, data.Range, trained.ViewSide.Value)));
    }

    private static TrainingRun RunOf(ParseResult args, string folder, TrainingSource data, TrainingSource validation)
    {
        string model = args.GetValue(Model) ?? (ShippedWeights.Names.Contains(ShippedWeights.Small) ? ShippedWeights.Small : "new");
        TrainingSettings settings = new()
        {
            Seed = args.GetValue(Seed),
            Steps = args.GetValue(Steps),
            Batch = args.GetValue(Batch),
            Rate = new RateSchedule { Peak = args.GetValue(Rate), WarmUp = Math.Min(20, args.GetValue(Steps) / 5) },
            WeightDecay = 0.05,
            Average = 0.98,
            Loss = new LossSettings { Kind = MaskLossKind.CrossEntropy, PixelWeight = 1, IouWeight = 0.5 },
            Prompts = new PromptSettings { WithoutPromptShare = 0, AsksBoth = true, Clicks = 2, RoundsWithoutClick = 0 },
        };
        return new TrainingRun(folder, settings, data, validation)
        {
            From = model == "new" ? null : model,
            Network = model == "new" ? SmallNetwork.Create() : null,
            Watching = new RunSettings { ValidateEvery = 50, CheckpointEvery = 50, TensorBoard = true },
            Explain = args.GetValue(Explain) ? args.InvocationConfiguration.Error.WriteLine : null,
        };
    }

    /// <summary>Settings for the step after this one: the same ink in the scan.</summary>
    private static string NextFile(ParseResult args) => $"""
        # The ink again, in x-ray: scrollseg train --from this folder, or --config this file
        output: xray
        model: {TrainingRun.WeightsName}
        image: {(args.GetValue(Image) is null ? "fragment" : "FOLDER-OF-LAYERS")}
        labels: {(args.GetValue(Labels) is string labels ? Path.GetFullPath(labels) : "fragment/inklabels.png")}
        {(args.GetValue(Image) is null ? "mask: fragment/mask.png" : args.GetValue(Mask) is string mask ? $"mask: {Path.GetFullPath(mask)}" : "# mask: papyrus.png")}
        held-out: {args.GetValue(HeldOut)}
        channels: 9        # neighbouring layers shown together,
        layers: 31:32      # around this one; or FIRST:END, wherever the ink may lie,
        adapter: conv      # made into three channels by a layer that learns how
        steps: 400
        batch: 4
        rate: 5e-4
        warm-up: 20
        average: 0.98
        loss: cross-entropy
        without-prompts: 1

        """;

    private static void Print(ParseResult args, string folder, ToyScore score)
    {
        List<(string, string)> lines =
        [
            ("Dice, held out, network", string.Create(CultureInfo.InvariantCulture, $"{score.Network:0.000} at probability {score.Threshold:0.00}, chosen on the other part")),
            ("Dice, held out, Otsu", string.Create(CultureInfo.InvariantCulture, $"{score.Otsu:0.000}")),
            .. score.Clicks.Select(clicks => ($"mean IoU of regions, {clicks.Clicks} clicks", TrainCommand.ClickText(clicks))),
            ("result", Path.Combine(folder, "result.png") + " (truth blue, mask orange)"),
            ("panels", Path.Combine(folder, "panels")),
            ("curves", Path.Combine(folder, "curves.png")),
            ("next", $"scrollseg train --from {folder}{(args.GetValue(Image) is null ? "" : " --set image=LAYERS")}"),
        ];
        args.InvocationConfiguration.Output.WriteLine(SegmentSummary.Table(lines));
    }

    private sealed record ToyScore(double? Otsu, double? Network, double Threshold, IReadOnlyList<ClickScore> Clicks);
}
