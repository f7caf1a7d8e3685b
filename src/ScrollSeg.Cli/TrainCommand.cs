using System.CommandLine;
using System.Globalization;
using ScrollSeg.Cli.Training;
using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg train --config train.yaml</c>: parse, open, train, print.</summary>
internal static class TrainCommand
{
    private static readonly Option<string?> Config = new("--config")
    {
        Description = "A YAML file of settings; data-manifests/training has some to copy.",
    };

    private static readonly Option<string?> From = new("--from")
    {
        Description = "The folder of a finished 'toy': goes on with what it learned, in x-ray, by its xray.yaml.",
        HelpName = "TOYRUN",
    };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "A setting that goes before the file's, such as image=LAYERS, channels=9 or adapter=montage; several are allowed.",
        HelpName = "KEY=VALUE",
    };

    private static readonly Option<bool> Explain = new("--explain") { Description = "Describe every tensor of the first step on stderr." };

    private static readonly Option<string?> AutoLabel = new("--auto-label")
    {
        Description = "First predict VOLUME (default: the configuration's image) with the configuration's model, keep what is sure as labels in OUTPUT/auto-labels.zarr, and learn from them too.",
        HelpName = "VOLUME",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<double> Confidence = new("--confidence")
    {
        Description = "For --auto-label: probability from which on a voxel is foreground, and as far below 0.5 background.",
        DefaultValueFactory = _ => new ConfidenceSettings().Confidence,
    };

    private static readonly Option<double> Stability = new("--stability")
    {
        Description = "For --auto-label: overlap of a tile's masks at a stricter and a laxer threshold below which the tile is left out.",
        DefaultValueFactory = _ => new ConfidenceSettings().Stability,
    };

    private static readonly Option<int> Groups = new("--groups")
    {
        Description = "For --auto-label: tuples of slices drawn around each one; what they do not agree about is left out.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> LabelOnly = new("--auto-label-only") { Description = "Stop once the labels are there, to correct them; without it the command goes on." };

    public static Command Create()
    {
        Command command = new("train", "Trains a SAM on labelled volumes or images; the same command again goes on.")
        {
            Config, From, Set, Explain, AutoLabel, Confidence, Stability, Groups, LabelOnly,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        string settings = (args.GetValue(Config), args.GetValue(From)) switch
        {
            (string config, null) => config,
            (null, string toy) => Path.Combine(toy, ToyCommand.NextName),
            _ => throw new UsageException("train takes --config FILE or --from TOYRUN, and not both."),
        };
        TrainFile file = TrainFile.Read(settings, args.GetValue(Set));
        TextWriter error = args.InvocationConfiguration.Error;
        Wanted wanted = new(args.GetValue(Explain) ? error.WriteLine : null, ScoresClicks: file.Settings().Prompts.WithoutPromptShare < 1);
        AutoLabelRequest? request = RequestOf(args);
        if (request?.LabelsOnly == true)
        {
            return await LabelAsync(args, file, request, cancellationToken);
        }

        Trained trained = await ProgressDisplay.RunAsync(error, progress => request is null
            ? TrainAsync(file, wanted, progress, cancellationToken)
            : TrainOnOwnAsync(file, new AutoLabelling(file, request, progress), wanted, progress, cancellationToken));
        TextWriter output = args.InvocationConfiguration.Output;
        output.WriteLine(SegmentSummary.Table(
        [
            ("steps", trained.Last.Step.ToString(CultureInfo.InvariantCulture)),
            (request is null || file.HasLabels ? "best Dice on what was held out" : "best Dice on auto labels held out", trained.Last.ValidationDice?.ToString("0.000", CultureInfo.InvariantCulture) ?? "not scored"),
            .. trained.Clicks.Select(score => ($"mean IoU, {score.Clicks} clicks", ClickText(score))),
            ("weights", trained.Run.Weights),
            ("panels", Path.Combine(file.Output, "panels")),
            ("curves", Path.Combine(file.Output, "curves.png")),
        ]));
        return ExitCode.Done;
    }

    /// <summary>For people.</summary>
    internal static string ClickText(ClickScore score) => string.Create(
        CultureInfo.InvariantCulture, $"{score.MeanIou:0.000} (best of the masks offered {score.OracleIou:0.000}, {score.Objects} objects)");

    /// <summary>Trains, or goes on, until it is done.</summary>
    /// <returns>The weights.</returns>
    internal static async Task<string> TrainAsync(TrainFile file, IRunProgress progress, CancellationToken cancellationToken)
    {
        return (await TrainAsync(file, new Wanted(null, ScoresClicks: false), progress, cancellationToken)).Run.Weights;
    }

    private static async Task<Trained> TrainAsync(
        TrainFile file, Wanted wanted, IRunProgress progress, CancellationToken cancellationToken)
    {
        await using TrainingPair pair = await TrainingPair.OpenAsync(file, progress, cancellationToken);
        return await TrainAsync(file, pair.Learn, pair.HeldOut, wanted, progress, cancellationToken);
    }

    /// <summary>The same, on labels that the network makes itself; together with others, if the configuration has some.</summary>
    private static async Task<Trained> TrainOnOwnAsync(
        TrainFile file, AutoLabelling own, Wanted wanted, IRunProgress progress, CancellationToken cancellationToken)
    {
        file.Settings(); // refused before the long work, not after it
        await own.LabelAsync(cancellationToken);
        await using VolumeReader volume = await VolumeFormats.OpenAsync(own.Volume, new ReaderOptions(), cancellationToken);
        await using VolumeReader labels = await VolumeFormats.OpenAsync(own.Labels, new ReaderOptions(), cancellationToken);
        if (!file.HasLabels)
        {
            (LabelledOptions learn, LabelledOptions kept) = file.Split(volume.Info);
            LabelledSource data = await own.OpenAsync(volume, labels, learn, cancellationToken);
            LabelledSource heldOut = await own.OpenAsync(volume, labels, kept with { Range = data.Range }, cancellationToken);
            return await TrainAsync(file, data, heldOut, wanted, progress, cancellationToken);
        }

        await using TrainingPair given = await TrainingPair.OpenAsync(file, progress, cancellationToken);
        LabelledOptions all = file.Split(volume.Info, wholly: !own.IsOfTheImage).Learn;
        MixedSource both = new(given.Learn, await own.OpenAsync(volume, labels, all, cancellationToken));
        return await TrainAsync(file, both, given.HeldOut, wanted, progress, cancellationToken);
    }

    private static async Task<int> LabelAsync(ParseResult args, TrainFile file, AutoLabelRequest request, CancellationToken cancellationToken)
    {
        (string path, ConfidentCounts? counts) = await ProgressDisplay.RunAsync(args.InvocationConfiguration.Error, async progress =>
        {
            AutoLabelling own = new(file, request, progress);
            return (own.Labels, await own.LabelAsync(cancellationToken));
        });
        args.InvocationConfiguration.Output.WriteLine(SegmentSummary.Table(
        [
            .. counts is ConfidentCounts kept ? AutoLabelling.Lines(kept) : [],
            ("labels", path),
            ("values", "0 background, 1 foreground, 255 not sure"),
            ("next", "correct them if you like, then the same command without --auto-label-only"),
        ]));
        return ExitCode.Done;
    }

    private static AutoLabelRequest? RequestOf(ParseResult args)
    {
        bool isWanted = args.GetResult(AutoLabel) is not null;
        Option[] kin = [Confidence, Stability, Groups, LabelOnly];
        if (!isWanted && kin.FirstOrDefault(option => args.GetResult(option) is { Implicit: false }) is Option lone)
        {
            throw new UsageException($"{lone.Name} needs --auto-label.");
        }

        try
        {
            ConfidenceSettings settings = new() { Confidence = args.GetValue(Confidence), Stability = args.GetValue(Stability) };
            int groups = args.GetValue(Groups);
            return !isWanted ? null
                : groups is >= 1 and <= 256 ? new AutoLabelRequest(args.GetValue(AutoLabel), settings, groups, args.GetValue(LabelOnly))
                : throw new UsageException($"--groups {groups}: 1 to 256 tuples speak for a slice.");
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException($"--{e.ParamName?.ToLowerInvariant()} {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private static async Task<Trained> TrainAsync(
        TrainFile file, TrainingSource data, TrainingSource validation, Wanted wanted, IRunProgress progress, CancellationToken cancellationToken)
    {
        TrainingRun run = new(file.Output, file.Settings(), data, validation)
        {
            From = file.Model,
            Network = file.Model is null ? file.Network : null,
            Augmentation = file.Augments ? new Augmentation() : null,
            Watching = file.Watching(),
            Device = file.Device,
            Explain = wanted.Explain,
        };
        progress.Begin("training", file.Settings().Steps, "steps");
        TrainingProgress last = await run.RunAsync(state => progress.Advance(state.Step), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return new Trained(run, last, wanted.ScoresClicks ? await run.ScoreClicksAsync(file.Watching().ValidationExamples) : []);
    }

    /// <summary>What is asked for beside the weights.</summary>
    private sealed record Wanted(Action<string>? Explain, bool ScoresClicks);

    /// <summary>What came of it; the volumes may be closed.</summary>
    private sealed record Trained(TrainingRun Run, TrainingProgress Last, IReadOnlyList<ClickScore> Clicks);
}
