using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
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

    private bool _startedOnPhantoms = true;

    /// <summary>A network to begin with; its weights are drawn by the seed. Either this or <see cref="From"/>.</summary>
    public SamConfig? Network { get; init; }

    /// <summary>A checkpoint to begin with.</summary>
    public string? From { get; init; }

    /// <summary>How examples are changed before they are learned from; null for not at all.</summary>
    public Augmentation? Augmentation { get; init; } = new();

    /// <summary>Receives a line about each tensor of the first step; <see langword="null"/> for none.</summary>
    public Action<string>? Explain { get; init; }

    /// <summary>What is done beside learning.</summary>
    public RunSettings Watching { get; init; } = new();

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>. Default cpu.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The averaged weights' file.</summary>
    public string Weights => Path.Combine(folder, WeightsName);

    /// <summary>Trains to the end.</summary>
    /// <param name="progress">Is told after each row of the log.</param>
    /// <param name="cancellationToken">Ends it after the step in work, with a checkpoint.</param>
    /// <returns>Steps done in all, and the best Dice of a validation.</returns>
    /// <exception cref="TrainingStoppedException">Loss or gradient are no numbers; the last checkpoint stays.</exception>
    /// <exception cref="CheckpointException">The folder holds another training.</exception>
    public async Task<TrainingProgress> RunAsync(Action<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        NativeRuntime.EnsureLoaded();
        using MallocRetention retention = new(); // disposed last: what the trainer frees is given back
        _files.CreateFolder(folder);
        SamNetwork network = Begin(out string start, out ChannelAdapter? adapter);
        using SamTrainer trainer = new(network, settings, TorchDevice.Choose(new() { Device = Device }), adapter);
        string recipe = Recipe(trainer.Network.Config, start);
        string state = Path.Combine(folder, StateName);
        if (File.Exists(state))
        {
            TrainingState.Load(state, trainer, recipe);
        }

        _files.Write(Path.Combine(folder, "recipe.json"), Encoding.UTF8.GetBytes(recipe + "\n"));
        await DrawAugmentationsAsync(trainer.Network.Config.ViewSide, cancellationToken);
        TrainingWatch watch = new(folder, settings, Watching, validation, trainer, _files);
        Stopwatch clock = Stopwatch.StartNew();
        bool isOver = trainer.Done >= settings.Steps || watch.IsPatienceOver;
        while (!isOver)
        {
            trainer.Explain = trainer.Done == 0 ? Explain : null;
            TrainingExample[] batch = await BatchAsync(trainer.Done, trainer.Network.Config.ViewSide);
            watch.Add(trainer.Step(batch));
            isOver = trainer.Done >= settings.Steps || cancellationToken.IsCancellationRequested;
            if (trainer.Done % Watching.LogEvery == 0 || isOver)
            {
                TrainingProgress now = watch.Log(clock.Elapsed.TotalSeconds);
                progress?.Invoke(now);
            }

            if (trainer.Done % Watching.ValidateEvery == 0 || trainer.Done == settings.Steps)
            {
                await watch.ValidateAsync();
                isOver |= watch.IsPatienceOver;
            }

            if (trainer.Done % Watching.CheckpointEvery == 0 || isOver)
            {
                TrainingState.Save(state, trainer, recipe);
                SamCheckpoint.Save(Weights, trainer.Average, Training(trainer), IsLearned(trainer) ? trainer.AverageAdapter : null);
            }
        }

        return new TrainingProgress(trainer.Done, settings.Steps, 0, watch.BestDice, clock.Elapsed.TotalSeconds);
    }

    /// <summary>Scores the averaged weights of a finished training with more and more clicks on the validation's examples.</summary>
    /// <param name="examples">How many of them.</param>
    public async Task<IReadOnlyList<ClickScore>> ScoreClicksAsync(int examples)
    {
        List<TrainingExample> shown = [];
        int side = ViewSide();
        for (int i = 0; i < Math.Min(examples, validation.Count(side) ?? long.MaxValue); i++)
        {
            shown.Add(await validation.ExampleAsync(i, side));
        }

        return ScoreClicks(evaluation => evaluation.Of(shown));
    }

    /// <summary>Scores them on whole regions.</summary>
    public IReadOnlyList<ClickScore> ScoreClicks(IEnumerable<RegionView> regions) => ScoreClicks(evaluation => evaluation.Of(regions));

    private IReadOnlyList<ClickScore> ScoreClicks(Func<ClickEvaluation, IReadOnlyList<ClickScore>> ask)
    {
        NativeRuntime.EnsureLoaded();
        SamCheckpoint checkpoint = SamCheckpoint.Load(Weights);
        using SamTrainer trainer = new(
            checkpoint.Network, settings with { LowRank = 0, Adapter = checkpoint.Training.Adapter }, adapter: checkpoint.Adapter);
        IReadOnlyList<ClickScore> scores = ask(new ClickEvaluation(trainer.Average, example => trainer.View([example])));
        StringBuilder table = new("clicks,mean_iou,oracle_iou,objects\n");
        foreach (ClickScore score in scores)
        {
            table.Append(CultureInfo.InvariantCulture, $"{score.Clicks},{score.MeanIou:0.0000},{score.OracleIou:0.0000},{score.Objects}\n");
        }

        _files.Write(Path.Combine(folder, "clicks.csv"), Encoding.UTF8.GetBytes(table.ToString()));
        return scores;
    }

    /// <summary>Pixels along the side of the view that the finished weights were made for.</summary>
    private int ViewSide()
    {
        NativeRuntime.EnsureLoaded();
        using SamNetwork network = SamCheckpoint.Load(Weights).Network;
        return network.Config.ViewSide;
    }

    private SamNetwork Begin(out string start, out ChannelAdapter? adapter)
    {
        adapter = null;
        random.manual_seed(settings.Seed);
        if (From is not null)
        {
            SamCheckpoint checkpoint = SamCheckpoint.Load(ShippedWeights.Resolve(From));
            start = checkpoint.Sha256;
            _startedOnPhantoms = checkpoint.Training.OnPhantomsOnly;
            if (settings.Adapter == "auto")
            {
                settings = settings with { Adapter = checkpoint.Training.Adapter };
            }

            Check(checkpoint, From);
            adapter = checkpoint.Adapter;
            return checkpoint.Network;
        }

        start = "seed";
        return new SamNetwork(Network ?? throw new InvalidOperationException("A training begins with a network or with a checkpoint."));
    }

    /// <summary>Weights of an adapter are of no use to another one, or to another number of slices.</summary>
    private void Check(SamCheckpoint start, string name)
    {
        string? problem = start.Adapter is not ChannelAdapter learned ? null
            : settings.Adapter != learned.GetName()
                ? $"adapter {settings.Adapter}: {name} was trained with the adapter {learned.GetName()}. Leave the key out, or begin with other weights."
            : settings.Channels != learned.Channels.Most
                ? $"channels {settings.Channels}: the adapter {learned.GetName()} of {name} was trained with {learned.Channels.Most} slices. Give channels: {learned.Channels.Most}."
            : null;
        if (problem is not null)
        {
            start.Adapter?.Dispose();
            start.Network.Dispose();
            throw new InvalidRequestException(problem);
        }
    }

    private static bool IsLearned(SamTrainer trainer) => SamTraining.LearnedAdapters.Contains(trainer.Adapter.GetName());

    /// <summary>Everything that decides what comes out, in one line.</summary>
    private string Recipe(SamConfig config, string start) => JsonSerializer.Serialize(new
    {
        settings,
        network = config,
        from = start,
        data = data.Description,
        augmentation = Augmentation,
    });

    /// <summary>Phantoms only, if the weights it began with had not seen more either.</summary>
    private SamTraining Training(SamTrainer trainer) => new()
    {
        Adapter = trainer.Adapter.GetName(),
        OnPhantomsOnly = data.IsPhantom && _startedOnPhantoms,
        Prompts = settings.Prompts switch
        {
            { WithoutPromptShare: 1 } => [SamTraining.NoPrompt],
            { WithoutPromptShare: 0, AsksBoth: false } => ["point", "box", "mask"],
            _ => [.. SamTraining.KnownPrompts],
        },
    };

    /// <summary>The first example after each augmentation alone, once per run.</summary>
    private async Task DrawAugmentationsAsync(int side, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, "panels", "augmentations.png");
        if (Augmentation is not null && !File.Exists(path))
        {
            _files.CreateFolder(Path.GetDirectoryName(path)!);
            TrainingExample first = await data.ExampleAsync(0, side, cancellationToken);
            PngFile.Write(path, AugmentationPicture.Draw(first, Augmentation, new Random(settings.Seed)), _files);
        }
    }

    private async Task<TrainingExample[]> BatchAsync(long done, int side)
    {
        TrainingExample[] batch = new TrainingExample[settings.Batch];
        await Parallel.ForAsync(0, batch.Length, async (i, cancellationToken) =>
        {
            long number = (done * settings.Batch) + i;
            TrainingExample example = await data.ExampleAsync(number, side, cancellationToken);
            batch[i] = Augmentation?.Apply(example, new Random(unchecked((settings.Seed * 7919) + (int)number))) ?? example;
        });
        return batch;
    }
}
