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
    private static readonly Option<string> Config = new("--config")
    {
        Description = "A YAML file of settings; data-manifests/training has some to copy.",
        Required = true,
    };

    private static readonly Option<bool> Explain = new("--explain") { Description = "Describe every tensor of the first step on stderr." };

    public static Command Create()
    {
        Command command = new("train", "Trains a SAM on labelled volumes or images; the same command again goes on.") { Config, Explain };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult args, CancellationToken cancellationToken)
    {
        TrainFile file = TrainFile.Read(args.GetRequiredValue(Config));
        TextWriter error = args.InvocationConfiguration.Error;
        Action<string>? explain = args.GetValue(Explain) ? error.WriteLine : null;
        (TrainingRun run, TrainingProgress last) = await ProgressDisplay.RunAsync(error, progress => TrainAsync(file, explain, progress, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<ClickScore> clicks = file.Settings().Prompts.WithoutPromptShare < 1
            ? await run.ScoreClicksAsync(file.Watching().ValidationExamples)
            : [];
        TextWriter output = args.InvocationConfiguration.Output;
        output.WriteLine(SegmentSummary.Table(
        [
            ("steps", last.Step.ToString(CultureInfo.InvariantCulture)),
            ("best Dice on what was held out", last.ValidationDice?.ToString("0.000", CultureInfo.InvariantCulture) ?? "not scored"),
            .. clicks.Select(score => ($"mean IoU, {score.Clicks} clicks", ClickText(score))),
            ("weights", run.Weights),
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
        (TrainingRun run, _) = await TrainAsync(file, explain: null, progress, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return run.Weights;
    }

    private static async Task<(TrainingRun Run, TrainingProgress Last)> TrainAsync(
        TrainFile file, Action<string>? explain, IRunProgress progress, CancellationToken cancellationToken)
    {
        if (file.UsesPhantoms)
        {
            PhantomSource heldOut = new() { Seed = 2, First = 9_000, Phantoms = 8, InfraredShare = 0, Varied = false, Channels = file.Channels };
            return await TrainAsync(file, file.Phantoms, heldOut, explain, progress, cancellationToken);
        }

        await using VolumeReader image = await TrainingFiles.OpenAsync(file.Image, cancellationToken);
        await using VolumeReader labels = await TrainingFiles.OpenAsync(file.Labels, cancellationToken);
        await using VolumeReader? mask = file.Mask is string path ? await TrainingFiles.OpenAsync(path, cancellationToken) : null;
        (LabelledOptions learn, LabelledOptions kept) = file.Split(image.Info);
        LabelledSource data = await LabelledSource.OpenAsync(image, labels, mask, learn, cancellationToken);
        LabelledSource validation = await LabelledSource.OpenAsync(image, labels, mask, kept with { Range = data.Range }, cancellationToken);
        foreach (string note in data.Notes)
        {
            progress.Note(note);
        }

        return await TrainAsync(file, data, validation, explain, progress, cancellationToken);
    }

    private static async Task<(TrainingRun Run, TrainingProgress Last)> TrainAsync(
        TrainFile file, TrainingSource data, TrainingSource validation, Action<string>? explain, IRunProgress progress, CancellationToken cancellationToken)
    {
        TrainingRun run = new(file.Output, file.Settings(), data, validation)
        {
            From = file.Model,
            Network = file.Model is null ? file.Network : null,
            Augmentation = file.Augments ? new Augmentation() : null,
            Watching = file.Watching(),
            Device = file.Device,
            Explain = explain,
        };
        progress.Begin("training", file.Settings().Steps, "steps");
        TrainingProgress last = await run.RunAsync(state => progress.Advance(state.Step), cancellationToken);
        return (run, last);
    }
}
