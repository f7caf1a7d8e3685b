using ScrollSeg.Cli.Parsing;
using System.Globalization;
using System.Text.Json;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Training;

/// <summary>What <c>train --config</c> reads: one key for each setting, named as the command line names it.</summary>
internal sealed class TrainFile
{
    private static readonly string[] Keys =
    [
        "output", "model", "network-width", "network-depth", "network-patch", "network-view", "data", "image", "labels", "mask", "held-out",
        "foreground", "ignore", "tile", "zoom", "channels", "spacing", "adapter", "layers", "foreground-share", "steps", "batch", "accumulate", "rate", "warm-up", "schedule", "rate-steps", "rate-factor", "weight-decay",
        "layer-decay", "average", "max-gradient", "freeze", "low-rank", "loss", "loss-at", "without-prompts", "both", "objects", "clicks",
        "rounds-without-click", "seed", "validate-every", "checkpoint-every", "validation-examples", "patience", "tensorboard", "augment",
        "device", "precision", "phantoms", "infrared-share",
    ];

    private readonly KeyFile _file;

    private TrainFile(KeyFile file) => _file = file;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="assignments">Values that go before the file's, <c>KEY=VALUE</c>.</param>
    /// <exception cref="UsageException">A key or value is not known; names the line.</exception>
    public static TrainFile Read(string path, IReadOnlyList<string>? assignments = null)
    {
        KeyFile file = KeyFile.Read(path, Keys);
        foreach (string assignment in assignments ?? [])
        {
            file.Set(assignment, Keys);
        }

        return new TrainFile(file);
    }

    /// <summary>The text of a file that asks for the same with another seed, in another folder; its paths are whole.</summary>
    public static string Derive(string path, int seed, string output)
    {
        TrainFile file = Read(path);
        Dictionary<string, string?> values = Keys.Where(key => file._file.Text(key) is not null).ToDictionary(key => key, file._file.Text);
        foreach (string key in values.Keys.Intersect(["image", "labels", "mask"]).ToArray())
        {
            values[key] = file._file.PathOf(key);
        }

        (values["model"], values["seed"], values["output"]) = (file.Model ?? "new", $"{seed}", output);
        return string.Concat(values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => $"{value.Key}: {JsonSerializer.Serialize(value.Value)}\n"));
    }

    public string Output => _file.PathOf("output") ?? throw _file.Wrong("output", "the folder to make");

    /// <summary>Whether phantoms are learned from, not files.</summary>
    public bool UsesPhantoms => (_file.Text("data") ?? "files") switch
    {
        "phantoms" => true,
        "files" => false,
        _ => throw _file.Wrong("data", "files or phantoms"),
    };

    public string Image => _file.PathOf("image") ?? throw _file.Wrong("image", "a volume or an image, unless data is phantoms");

    /// <summary>The same, where it may be missing.</summary>
    public string? ImageIfAny => _file.PathOf("image");

    /// <summary>Whether there are labels to learn from, or phantoms, which have their own.</summary>
    public bool HasLabels => UsesPhantoms || _file.Text("labels") is not null;

    public string Labels => _file.PathOf("labels") ?? throw _file.Wrong("labels", "a volume or an image as large as the image");

    public string? Mask => _file.PathOf("mask");

    public bool Augments => _file.Bool("augment", true);

    public string Device => _file.Text("device") ?? "auto";

    /// <summary>A checkpoint to begin with; <see langword="null"/> for a new network.</summary>
    public string? Model => _file.Text("model") is not string model || model == "new" ? null
        : ShippedWeights.Names.Contains(model) ? model
        : _file.PathOf("model");

    /// <summary>Slices shown together.</summary>
    public int Channels => _file.Int("channels", 1);

    /// <summary>What makes three channels of them.</summary>
    public string Adapter => _file.Text("adapter") is not string adapter ? "auto"
        : SamTraining.KnownAdapters.Contains(adapter) ? adapter
        : throw _file.Wrong("adapter", string.Join(", ", SamTraining.KnownAdapters));

    /// <summary>Voxels along a patch's side, if not the network's view.</summary>
    public int? Tile => _file.OptionalInt("tile");

    public SamConfig Network
    {
        get
        {
            int depth = _file.Int("network-depth", 6);
            return SmallNetwork.Create(_file.Int("network-view", 256), _file.Int("network-patch", 8), _file.Int("network-width", 128), depth);
        }
    }

    public PhantomSource Phantoms => new()
    {
        Seed = _file.Int("seed", 0), Phantoms = _file.Int("phantoms", 64), InfraredShare = _file.Number("infrared-share", 0.15), Channels = Channels,
    };

    /// <summary>The settings, with the limits of each.</summary>
    public TrainingSettings Settings()
    {
        try
        {
            return new TrainingSettings
            {
                Seed = _file.Int("seed", 0),
                Steps = _file.Int("steps", 1000),
                Batch = _file.Int("batch", 4),
                Accumulate = Parts(),
                Rate = Rate(),
                WeightDecay = _file.Number("weight-decay", 0.05),
                LayerDecay = _file.Number("layer-decay", 1),
                Average = _file.Number("average", 0.99),
                MaxGradient = _file.Number("max-gradient", 1),
                Frozen = (_file.Text("freeze") ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries),
                LowRank = _file.Int("low-rank", 0),
                Precision = _file.Text("precision") ?? "auto",
                Channels = Channels,
                Adapter = Adapter,
                Loss = Loss(),
                Prompts = new PromptSettings
                {
                    WithoutPromptShare = _file.Number("without-prompts", 0.5),
                    AsksBoth = _file.Bool("both", false),
                    Objects = _file.Int("objects", 1),
                    Clicks = _file.Int("clicks", 8),
                    RoundsWithoutClick = _file.Int("rounds-without-click", 2),
                },
            };
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException($"{e.ParamName} {e.ActualValue}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private LossSettings Loss()
    {
        LossSettings loss = (_file.Text("loss") ?? "focal") switch
        {
            "focal" => new LossSettings(),
            "cross-entropy" => new LossSettings { Kind = MaskLossKind.CrossEntropy, PixelWeight = 1, IouWeight = 0.5 },
            _ => throw _file.Wrong("loss", "focal or cross-entropy"),
        };
        return loss with
        {
            AtDecoderSize = (_file.Text("loss-at") ?? "view") switch
            {
                "view" => false,
                "decoder" => true,
                _ => throw _file.Wrong("loss-at", "view or decoder"),
            },
        };
    }

    /// <summary>More parts than images would be a slip.</summary>
    private int Parts() => _file.Int("accumulate", 1) is int parts && parts <= _file.Int("batch", 4)
        ? parts
        : throw _file.Wrong("accumulate", $"at most as many parts as the batch has images, {_file.Int("batch", 4)}");

    private RateSchedule Rate()
    {
        RateFall fall = (_file.Text("schedule") ?? "cosine") switch
        {
            "cosine" => RateFall.Cosine,
            "steps" => RateFall.Steps,
            _ => throw _file.Wrong("schedule", "cosine or steps"),
        };
        if (fall == RateFall.Cosine && (_file.Text("rate-steps") ?? _file.Text("rate-factor")) is not null)
        {
            throw _file.Wrong(_file.Text("rate-steps") is null ? "rate-factor" : "rate-steps", "schedule: steps beside it");
        }

        RateSchedule rate = new() { Peak = _file.Number("rate", 3e-4), WarmUp = _file.Int("warm-up", 50), Fall = fall };
        return rate with
        {
            FallsAfter = _file.Text("rate-steps") is string text ? [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Share)] : rate.FallsAfter,
            FallFactor = _file.Number("rate-factor", rate.FallFactor),
        };

        double Share(string share) => double.TryParse(share, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is > 0 and < 1
            ? number
            : throw _file.Wrong("rate-steps", "shares of the training between 0 and 1, such as 0.6,0.85");
    }

    public RunSettings Watching() => new()
    {
        ValidateEvery = Math.Max(1, _file.Int("validate-every", 100)),
        CheckpointEvery = Math.Max(1, _file.Int("checkpoint-every", 100)),
        ValidationExamples = Math.Max(1, _file.Int("validation-examples", 16)),
        Patience = _file.Int("patience", 0),
        TensorBoard = _file.Bool("tensorboard", false),
    };

    /// <summary>What is learned from and what is not, of one volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="wholly">Whether all of it is learned from.</param>
    public (LabelledOptions Learn, LabelledOptions HeldOut) Split(VolumeInfo volume, bool wholly = false)
    {
        Box3? kept = wholly ? null : TrainingFiles.HeldOut(_file.Text("held-out") ?? "right", volume);
        (int First, int Last)? layers = _file.Text("layers") is not string text ? null
            : text.Split(':') is [string first, string end] && int.TryParse(first, out int from) && int.TryParse(end, out int to) && from < to
                ? (from, to - 1)
                : throw _file.Wrong("layers", "FIRST:END, the end not in it");
        LabelledOptions all = new()
        {
            Seed = _file.Int("seed", 0),
            Foreground = _file.OptionalInt("foreground"),
            Ignore = _file.OptionalInt("ignore"),
            Tile = Tile,
            Zoom = _file.Number("zoom", 1),
            Channels = Channels,
            Spacing = StrategyText.ParseSpacing(_file.Text("spacing") ?? "adjacent"),
            Layers = layers,
            ForegroundShare = _file.Number("foreground-share", 0.5),
        };
        return (all with { Except = kept }, all with { Within = kept, InOrder = true });
    }
}
