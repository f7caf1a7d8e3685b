using System.Diagnostics;
using System.Text.Json;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>A training in a folder: checkpoints, logs, panels, and the weights that come out. The same call on the same folder
/// goes on where the last one ended, with the same losses.</summary>
/// <param name="folder">Where everything is written; made if it is not there.</param>
/// <param name="settings">What decides the weights.</param>
/// <param name="data">What is learned from.</param>
/// <param name="validation">What is never learned from.</param>
public sealed class TrainingRun(string folder, TrainingSettings settings, TrainingSource data, TrainingSource validation)
{
    /// <summary>The averaged weights, whole and on their own: what <c>--model</c> takes.</summary>
    public const string WeightsName = "weights.safetensors";

    private const string StateName = "checkpoint.safetensors";

    private readonly AtomicFile _files = new(FileOperations.System, Durability.File);

    /// <summary>A network to begin with; its weights are drawn by the seed. Either this or <see cref="From"/>.</summary>
    public SamConfig? Network { get; init; }

    /// <summary>A checkpoint to begin with.</summary>
    public string? From { get; init; }

    /// <summary>How examples are changed before they are learned from; null for not at all.</summary>
    public Augmentation? Augmentation { get; init; } = new();

    /// <summary>What is done beside learning.</summary>
    public RunSettings Watching { get; init; } = new();

    /// <summary>The averaged weights' file.</summary>
    public string Weights => Path.Combine(folder, WeightsName);

    /// <summary>Trains to the end.</summary>
    /// <param name="progress">Is told after each row of the log.</param>
    /// <param name="cancellationToken">Ends it after the step in work, with a checkpoint.</param>
    /// <returns>Dice of the last validation.</returns>
    /// <exception cref="TrainingStoppedException">Loss or gradient are no numbers; the last checkpoint stays.</exception>
    /// <exception cref="CheckpointException">The folder holds another training.</exception>
    public double? Run(Action<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        NativeRuntime.EnsureLoaded();
        _files.CreateFolder(folder);
        _files.CreateFolder(Path.Combine(folder, "panels"));
        using SamTrainer trainer = new(Begin(out string start), settings);
        string recipe = Recipe(trainer.Network.Config, start);
        string state = Path.Combine(folder, StateName);
        if (File.Exists(state))
        {
            TrainingState.Load(state, trainer, recipe);
        }

        _files.Write(Path.Combine(folder, "recipe.json"), System.Text.Encoding.UTF8.GetBytes(recipe + "\n"));
        TrainingLog losses = new(
            Path.Combine(folder, "losses.csv"), ["loss", "pixel", "dice", "iou_error", "last_iou", "rounds", "rate", "seconds"], trainer.Done);
        TrainingLog scores = new(Path.Combine(folder, "validation.csv"), ["dice", "precision", "recall"], trainer.Done);
        Stopwatch watch = Stopwatch.StartNew();
        List<StepScores> recent = [];
        double? dice = null;
        while (trainer.Done < settings.Steps && !cancellationToken.IsCancellationRequested)
        {
            recent.Add(trainer.Step(Batch(trainer.Done, trainer.Network.Config.ViewSide)));
            long step = trainer.Done;
            bool isLast = step == settings.Steps || cancellationToken.IsCancellationRequested;
            if (step % Watching.LogEvery == 0 || isLast)
            {
                losses.Add(
                    step, recent.Average(s => s.Loss), recent.Average(s => s.Pixel), recent.Average(s => s.Dice), recent.Average(s => s.Iou),
                    recent.Average(s => s.LastIou), recent.Average(s => s.Rounds), settings.Rate.At(step, settings.Steps), watch.Elapsed.TotalSeconds);
                progress?.Invoke(new TrainingProgress(step, settings.Steps, recent.Average(s => s.Loss), dice, watch.Elapsed.TotalSeconds));
                recent.Clear();
            }

            if (step % Watching.ValidateEvery == 0 || step == settings.Steps)
            {
                OverlapCounts overlap = Validate(trainer, step);
                dice = overlap.Dice;
                scores.Add(step, overlap.Dice ?? 0, overlap.Precision ?? 0, overlap.Recall ?? 0);
            }

            if (step % Watching.CheckpointEvery == 0 || isLast)
            {
                TrainingState.Save(state, trainer, recipe);
                SamCheckpoint.Save(Weights, trainer.Average, Training());
            }
        }

        return dice;
    }

    private SamNetwork Begin(out string start)
    {
        if (From is not null)
        {
            SamCheckpoint checkpoint = SamCheckpoint.Load(From);
            start = checkpoint.Sha256;
            return checkpoint.Network;
        }

        start = "seed";
        random.manual_seed(settings.Seed);
        return new SamNetwork(Network ?? throw new InvalidOperationException("A training begins with a network or with a checkpoint."));
    }

    /// <summary>Everything that decides what comes out, in one line.</summary>
    private string Recipe(SamConfig config, string start) => JsonSerializer.Serialize(new
    {
        settings,
        network = config,
        from = start,
        data = data.Description,
        augmentation = Augmentation,
    });

    private SamTraining Training() => new()
    {
        Prompts = settings.Prompts.WithoutPromptShare switch
        {
            1 => [SamTraining.NoPrompt],
            0 => ["point", "box", "mask"],
            _ => [.. SamTraining.KnownPrompts],
        },
    };

    private TrainingExample[] Batch(long done, int side)
    {
        TrainingExample[] batch = new TrainingExample[settings.Batch];
        Parallel.For(0, batch.Length, i =>
        {
            long number = (done * settings.Batch) + i;
            TrainingExample example = data.Example(number, side);
            batch[i] = Augmentation?.Apply(example, new Random(unchecked((settings.Seed * 7919) + (int)number))) ?? example;
        });
        return batch;
    }

    /// <summary>Scores the averaged weights without prompts and draws a panel.</summary>
    private OverlapCounts Validate(SamTrainer trainer, long step)
    {
        OverlapCounts overlap = new();
        List<TrainingExample> shown = [];
        List<byte[]> masks = [];
        for (int i = 0; i < Watching.ValidationExamples; i++)
        {
            TrainingExample example = validation.Example(i, trainer.Network.Config.ViewSide);
            byte[] mask = Promptless(trainer, example);
            overlap.Add(mask, example.Labels, TrainingExample.Ignored);
            if (i < Watching.PanelExamples)
            {
                shown.Add(example);
                masks.Add(mask);
            }
        }

        string name = step.ToString("D6", System.Globalization.CultureInfo.InvariantCulture) + ".png";
        PngFile.Write(Path.Combine(folder, "panels", name), TrainingPanel.Draw(shown, masks), _files);
        return overlap;
    }

    private static byte[] Promptless(SamTrainer trainer, TrainingExample example)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        (Tensor masks, Tensor _) = trainer.Average.Decode(trainer.Average.forward(trainer.View([example])), new Prompts(1));
        Tensor view = nn.functional.interpolate(
            masks.narrow(1, 0, 1), [example.Side, example.Side], mode: InterpolationMode.Bilinear, align_corners: false);
        return view.Exceeds(trainer.Network.Config.MaskThreshold).to(uint8).cpu().contiguous().bytes.ToArray();
    }
}
