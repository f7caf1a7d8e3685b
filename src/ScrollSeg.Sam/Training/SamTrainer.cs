using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>Trains a SAM, one batch at a time. What a step does depends on the settings, its number, its batch and the state
/// alone.</summary>
internal sealed class SamTrainer : IDisposable
{
    private const string AdapterPart = "adapter";

    private static readonly string[] Parts = ["image_encoder", "prompt_encoder", "mask_decoder", AdapterPart];

    private readonly TrainingSettings _settings;
    private readonly Device _device;
    private readonly ViewNormalisation _normalisation;
    private readonly PromptRounds _rounds;

    /// <summary>The network's parameters that a step may change.</summary>
    private IReadOnlyList<(string Name, Parameter Value)> Changed { get; }

    /// <summary>Takes a network over.</summary>
    /// <param name="network">Is trained in place; disposed with the trainer.</param>
    /// <param name="settings">How.</param>
    /// <param name="device">Where.</param>
    /// <param name="adapter">The learned adapter that came with the network; the trainer's from here on. Nothing for one without
    /// weights, and for one that begins.</param>
    /// <exception cref="InvalidRequestException">The adapter does not take what the settings show it.</exception>
    public SamTrainer(SamNetwork network, TrainingSettings settings, Device? device = null, ChannelAdapter? adapter = null)
    {
        string? unknown = settings.Frozen.Except(Parts).FirstOrDefault();
        if (unknown is not null)
        {
            throw new ArgumentException($"'{unknown}' is no part of a SAM that can be frozen: known are {string.Join(", ", Parts)}.", nameof(settings));
        }

        (Network, _settings, _device) = (network, settings, device ?? CPU);
        network.to(_device);
        network.train();
        if (settings.Prompts.AsksBoth)
        {
            network.GuessFirst();
        }

        bool isAuto = settings.Precision == "auto";
        network.Encoder.Multiply(settings.Precision == "bf16" || (isAuto && _device.type == DeviceType.CUDA && TorchPrecision.IsGoodAtBFloat16(_device))
            ? ScalarType.BFloat16
            : ScalarType.Float32);
        Average = Copy(network, new SamNetwork(network.Config), _device);
        Adapter = adapter ?? ChannelAdapter.Create(settings.Adapter == "auto" ? "replicate" : settings.Adapter, settings.Channels, network);
        Check(Adapter, settings);
        Adapter.to(_device);
        AverageAdapter = Copy(Adapter, ChannelAdapter.Create(Adapter.GetName(), Adapter.Channels.Most, Average), _device);
        Trained = [.. Choose(network, settings), .. ChooseOfAdapter(network.Config.Depth)];
        Changed = [.. Trained.Select(p => (p.Name, p.Value))];
        if (settings.LowRank > 0)
        {
            LowRank = new LowRankUpdates(network, settings.LowRank);
            Changed = [.. Changed, .. LowRank.Hosts];
            Trained = [.. Trained, .. LowRank.Trained];
        }

        Optimiser = new AdamW(Trained);
        _normalisation = new ViewNormalisation(network.Config, _device);
        _rounds = new PromptRounds(network, settings.Prompts, new MaskObjective(settings.Loss), Adapter);
    }

    /// <summary>The weights that are trained.</summary>
    public SamNetwork Network { get; }

    /// <summary>Their running mean, in evaluation mode.</summary>
    public SamNetwork Average { get; }

    /// <summary>What shows the examples to the network that is trained.</summary>
    public ChannelAdapter Adapter { get; }

    /// <summary>The running mean of its weights, if it has any.</summary>
    public ChannelAdapter AverageAdapter { get; }

    /// <summary>What is trained of them.</summary>
    public IReadOnlyList<TrainedParameter> Trained { get; }

    public AdamW Optimiser { get; }

    /// <summary>Low-rank updates, if there are any.</summary>
    public LowRankUpdates? LowRank { get; }

    /// <summary>Receives a line about each tensor of the next step; <see langword="null"/> for none.</summary>
    public Action<string>? Explain { get; set; }

    /// <summary>Steps done.</summary>
    public long Done { get; set; }

    /// <summary>Learns from one batch.</summary>
    /// <exception cref="TrainingStoppedException">The loss or its gradient is not a number; nothing was changed.</exception>
    public StepScores Step(IReadOnlyList<TrainingExample> batch)
    {
        using DisposeScope scope = NewDisposeScope();
        long step = Done + 1;
        foreach (TrainedParameter parameter in Trained)
        {
            parameter.Value.grad = null;
        }

        StepScores scores = SendBack(batch, step);
        LowRank?.TakeGradients();
        double length = nn.utils.clip_grad_norm_(Trained.Where(p => p.Value.grad is not null).Select(p => p.Value), _settings.MaxGradient);
        Require(length, "gradient", step, batch);
        Optimiser.Step(step, _settings.Rate.At(step, _settings.Steps), _settings.WeightDecay);
        LowRank?.Apply();
        UpdateAverage(step);
        Done = step;
        return scores;
    }

    public void Dispose()
    {
        Optimiser.Dispose();
        LowRank?.Dispose();
        _normalisation.Dispose();
        AverageAdapter.Dispose();
        Adapter.Dispose();
        Average.Dispose();
        Network.Dispose();
    }

    /// <summary>Leaves the gradients of a batch with the parameters, part by part: a part's graph is gone before the next is made.</summary>
    private StepScores SendBack(IReadOnlyList<TrainingExample> batch, long step)
    {
        Random random = RandomOf(step);
        PromptRounds.Asked? asked = _rounds.Draw(batch, step, random);
        List<StepScores> parts = [];
        int count = Math.Min(_settings.Accumulate, batch.Count);
        for (int i = 0; i < count; i++)
        {
            int first = i * batch.Count / count;
            TrainingExample[] part = [.. batch.Take(first..((i + 1) * batch.Count / count))];
            PromptRounds.Asked? own = asked?.Of(first, part.Length);
            PromptRounds.PartOfStep share = new(
                (double)part.Length / batch.Count, asked is null ? 0 : (double)own!.Targets.Length / asked.Targets.Length);
            if (own is not { Targets: [] } || _settings.Prompts.AsksBoth) // else there is nothing to ask about here
            {
                parts.Add(SendBack(part, own, share, random, step));
            }
        }

        return StepScores.Of(parts);
    }

    private StepScores SendBack(TrainingExample[] part, PromptRounds.Asked? asked, PromptRounds.PartOfStep share, Random random, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embedding = Encode(part);
        (Tensor loss, StepScores scores) = _rounds.Play(embedding, part, asked, random, share)!.Value; // something is asked, see above
        ExplainStages(part, embedding, loss);
        Require(scores.Loss, "loss", step, part);
        loss.backward();
        return scores;
    }

    /// <summary>The batch as the averaged weights see it, <c>[B, 3, V, V]</c>, or as an adapter embeds its patches, <c>[B, S, S, C]</c>.</summary>
    internal Tensor View(IReadOnlyList<TrainingExample> batch) => View(AverageAdapter, Average, batch);

    private Tensor View(ChannelAdapter adapter, SamNetwork network, IReadOnlyList<TrainingExample> batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] images = [.. batch.Select(example => adapter.Prepare(
            network, _normalisation, tensor(example.Grey, [1, example.Channels, example.Side, example.Side]).to(_device)))];
        return cat(images, 0).MoveToOuterDisposeScope();
    }

    /// <summary>The image embedding, <c>[B, E, S, S]</c>; without a graph behind it if the encoder is frozen.</summary>
    private Tensor Encode(IReadOnlyList<TrainingExample> batch)
    {
        using DisposeScope scope = NewDisposeScope();
        bool isFixed = LowRank is null && _settings.Frozen.Contains("image_encoder") && !Adapter.parameters().Any(p => p.requires_grad);
        using IDisposable? guard = isFixed ? no_grad() : null;
        return Network.forward(View(Adapter, Network, batch)).MoveToOuterDisposeScope();
    }

    /// <summary>What a person should check first: grey values in 0 to 255, labels 0 and 1, finite numbers after that.</summary>
    private void ExplainStages(IReadOnlyList<TrainingExample> batch, Tensor embedding, Tensor loss)
    {
        if (Explain is not null)
        {
            using DisposeScope scope = NewDisposeScope();
            Explain($"step {Done + 1}: {string.Join("; ", batch.Select(example => example.Origin))}");
            Explain(TensorText.Of("grey", tensor(batch.SelectMany(example => example.Grey).ToArray())));
            Explain(TensorText.Of("labels", tensor(batch.SelectMany(example => example.Labels).ToArray())));
            Explain(TensorText.Of("normalised", View(Adapter, Network, batch).detach()));
            Explain(TensorText.Of("image embedding", embedding.detach()));
            Explain(TensorText.Of("loss", loss.detach()));
        }
    }

    private Random RandomOf(long step) => new(HashCode(_settings.Seed, step));

    /// <summary>Not <see cref="System.HashCode"/>, which is another in every process.</summary>
    private static int HashCode(int seed, long step) => unchecked((int)((((ulong)(uint)seed * 0x9E3779B97F4A7C15) ^ (ulong)step) * 0xD1B54A32D192ED03 >> 32));

    private static void Require(double value, string what, long step, IReadOnlyList<TrainingExample> batch)
    {
        if (!double.IsFinite(value))
        {
            throw new TrainingStoppedException(
                $"Step {step}: the {what} is {value}. The batch came from {string.Join("; ", batch.Select(example => example.Origin))}. " +
                "The last checkpoint is good: look for values that are no numbers there, or lower the learning rate.");
        }
    }

    private void UpdateAverage(long step)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double share = 1 - Math.Min(_settings.Average, (1.0 + step) / (10.0 + step)); // short memory at first
        Dictionary<string, Parameter> average = Average.named_parameters()
            .Concat(AverageAdapter.named_parameters().Select(p => (name: ChannelAdapter.KeyPrefix + p.name, p.parameter)))
            .ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, Parameter value) in Changed)
        {
            Tensor mean = average[name];
            Tensor difference = value.detach().Plus(mean.neg());
            mean.AddScaled(difference, share);
        }
    }

    /// <summary>Fills a module with another's weights.</summary>
    private static T Copy<T>(T module, T copy, Device device)
        where T : nn.Module
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        copy.to(device);
        Dictionary<string, Tensor> source = module.state_dict();
        foreach ((string key, Tensor tensor) in copy.state_dict())
        {
            tensor.DetachFromDisposeScope();
            tensor.copy_(source[key]);
        }

        copy.eval();
        return copy;
    }

    private static void Check(ChannelAdapter adapter, TrainingSettings settings)
    {
        (int least, int most) = adapter.Channels;
        if (settings.Channels < least || settings.Channels > most)
        {
            throw new InvalidRequestException(
                $"channels {settings.Channels}: the adapter {adapter.GetName()} takes {(least == most ? $"{most}" : $"{least} to {most}")} slices.");
        }

        if (adapter.Answers(settings.Channels) > 1 && settings.Prompts.WithoutPromptShare < 1)
        {
            throw new InvalidRequestException(
                $"without-prompts {settings.Prompts.WithoutPromptShare}: a {adapter.GetName()} of {settings.Channels} slices shows several pictures at once, and prompts are about one. Give without-prompts: 1, or another adapter.");
        }
    }

    /// <summary>As the patch embedding, before which it stands or whose place it takes: no decay, and the rate of the first layer where it
    /// embeds patches.</summary>
    private IEnumerable<TrainedParameter> ChooseOfAdapter(int depth)
    {
        bool isTrained = !_settings.Frozen.Contains(AdapterPart);
        double rate = Adapter is InflatedAdapter ? Math.Pow(_settings.LayerDecay, depth + 1) : 1;
        foreach ((string name, Parameter parameter) in Adapter.named_parameters())
        {
            parameter.requires_grad_(isTrained);
            if (isTrained)
            {
                yield return new TrainedParameter(ChannelAdapter.KeyPrefix + name, parameter, rate, Decays: false);
            }
        }
    }

    private static IEnumerable<TrainedParameter> Choose(SamNetwork network, TrainingSettings settings)
    {
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            bool isTrained = !settings.Frozen.Any(part => name.StartsWith(part + ".", StringComparison.Ordinal))
                && (settings.LowRank == 0 || !name.StartsWith("image_encoder.", StringComparison.Ordinal));
            parameter.requires_grad_(isTrained);
            if (isTrained)
            {
                bool isPosition = name.Contains("pos_embed", StringComparison.Ordinal) || name.Contains("rel_pos", StringComparison.Ordinal)
                    || name.Contains("_embed.", StringComparison.Ordinal) || name.Contains("_token", StringComparison.Ordinal);
                yield return new TrainedParameter(
                    name, parameter, RateOf(name, network.Config.Depth, settings.LayerDecay), Decays: parameter.shape.Length > 1 && !isPosition);
            }
        }
    }

    /// <summary>Patches and positions count as the layer before the first block; everything after the blocks learns at the full rate.</summary>
    private static double RateOf(string name, int depth, double decay)
    {
        if (!name.StartsWith("image_encoder.", StringComparison.Ordinal) || name.Contains(".neck.", StringComparison.Ordinal))
        {
            return 1;
        }

        string[] parts = name.Split('.');
        int layer = parts[1] == "blocks" ? int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture) + 1 : 0;
        return Math.Pow(decay, depth + 1 - layer);
    }
}
