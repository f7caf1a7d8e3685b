using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class AdapterTrainingTests : IDisposable
{
    private const int Slices = 5;

    private static readonly TrainingSettings Settings = new()
    {
        Seed = 3, Steps = 8, Batch = 2, Channels = Slices, Rate = new RateSchedule { Peak = 1e-2, WarmUp = 0 },
        Prompts = new PromptSettings { WithoutPromptShare = 0.5, Clicks = 1, RoundsWithoutClick = 0 },
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("conv")]
    [InlineData("inflate")]
    public void Step_AllElseFrozen_ReachesExactlyTheAdapter(string adapter)
    {
        using SamTrainer trainer = Trainer(Settings with { Adapter = adapter, Frozen = ["image_encoder", "prompt_encoder", "mask_decoder"] });
        Dictionary<string, float[]> network = Weights(trainer.Network);
        Dictionary<string, float[]> before = Weights(trainer.Adapter);
        Dictionary<string, float[]> average = Weights(trainer.AverageAdapter);

        trainer.Step(Batch(0));

        Assert.Equal(before.Keys.Select(key => ChannelAdapter.KeyPrefix + key).Order(), trainer.Trained.Select(p => p.Name).Order());
        Assert.All(trainer.Trained, p => Assert.True(p.Value.grad!.abs().sum().item<float>() > 0, p.Name));
        Assert.All(trainer.Network.parameters(), p => Assert.Null(p.grad));
        Assert.All(Weights(trainer.Network), weight => Assert.Equal(network[weight.Key], weight.Value));
        Assert.All(Weights(trainer.Adapter), weight => Assert.NotEqual(before[weight.Key], weight.Value));
        Assert.All(Weights(trainer.AverageAdapter), weight => Assert.NotEqual(average[weight.Key], weight.Value));
    }

    [Fact]
    public void Step_FrozenAdapter_DoesNotChangeByABit()
    {
        using SamTrainer trainer = Trainer(Settings with { Adapter = "conv", Frozen = ["adapter"] });
        Dictionary<string, float[]> before = Weights(trainer.Adapter);

        trainer.Step(Batch(0));

        Assert.DoesNotContain(trainer.Trained, p => p.Name.StartsWith("adapter", StringComparison.Ordinal));
        Assert.All(Weights(trainer.Adapter), weight => Assert.Equal(before[weight.Key], weight.Value));
    }

    /// <summary>Nothing is lost at the start: what the loss of one slice is, that of its copies is.</summary>
    [Theory]
    [InlineData("conv", Slices)]
    [InlineData("inflate", Slices)]
    [InlineData("rgb", 3)]
    [InlineData("montage", 3)]
    public void Step_CopiesOfASlice_BeginWithTheUnchangedNetworksLoss(string adapter, int slices)
    {
        TrainingSettings promptless = Settings with { Prompts = new PromptSettings { WithoutPromptShare = 1 } };
        using SamTrainer plain = Trainer(promptless with { Channels = 1 });
        using SamTrainer adapted = Trainer(promptless with { Adapter = adapter, Channels = slices });
        TrainingExample[] one = Squares.Batch(0);
        TrainingExample[] copies = [.. one.Select(example => example with { Grey = [.. Enumerable.Repeat(example.Grey, slices).SelectMany(grey => grey)] })];

        Assert.Equal(plain.Step(one).Loss, adapted.Step(copies).Loss, 1e-5);
    }

    [Fact]
    public void Step_Montage_LearnsFromThePlaceOfTheLabelledSlice()
    {
        using SamTrainer trainer = Trainer(Settings with { Adapter = "montage", Prompts = new PromptSettings { WithoutPromptShare = 1 } });

        StepScores scores = trainer.Step(Batch(0));

        Assert.True(double.IsFinite(scores.Loss) && scores.Loss > 0);
        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => Trainer(Settings with { Adapter = "montage" }));
        Assert.Contains("prompts are about one", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replicate", 5, "the adapter replicate takes 1 to 3 slices")]
    [InlineData("rgb", 5, "the adapter rgb takes 3 slices")]
    public void Constructor_SlicesThatTheAdapterDoesNotTake_AreRefused(string adapter, int slices, string problem)
    {
        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => Trainer(Settings with { Adapter = adapter, Channels = slices }));

        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("conv")]
    [InlineData("inflate")]
    public async Task Run_StoppedAndStartedAgain_WritesTheAdapterOfAnUnbrokenRun_AndSegmentTakesIt(string adapter)
    {
        (string whole, string broken) = (_folder["whole"], _folder["broken"]);
        await Run(whole, Settings with { Adapter = adapter }).RunAsync(null, TestContext.Current.CancellationToken);
        using (CancellationTokenSource stop = new())
        {
            await Run(broken, Settings with { Adapter = adapter }).RunAsync(state => Stop(state.Step == 3, stop), stop.Token);
        }

        TrainingRun resumed = Run(broken, Settings with { Adapter = adapter });
        await resumed.RunAsync(null, TestContext.Current.CancellationToken);
        IReadOnlyList<ClickScore> clicks = await resumed.ScoreClicksAsync(1);

        Assert.NotEmpty(clicks);
        string weights = Path.Combine(whole, TrainingRun.WeightsName);
        Assert.Equal(File.ReadAllBytes(weights), File.ReadAllBytes(resumed.Weights));
        SamCheckpoint read = SamCheckpoint.Load(weights);
        using SamNetwork network = read.Network;
        using ChannelAdapter? learned = read.Adapter;
        using ChannelAdapter begun = ChannelAdapter.Create(adapter, Slices, network);
        Dictionary<string, float[]> start = Weights(begun);
        Assert.All(Weights(learned!), weight => Assert.NotEqual(start[weight.Key], weight.Value));
        List<string> notes = [];
        using ISliceSegmenter? segmenter = new SamModelSource().OpenSliceSegmenter(
            weights, new ModelSettings { Device = "cpu", Adapter = adapter, Channels = Slices, Note = notes.Add });
        Assert.Equal((adapter, Slices, Slices), (segmenter!.Adapter, segmenter.MinChannels, segmenter.MaxChannels));
        Assert.Contains($"The adapter {adapter} of 5 slices is the one that was trained", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inflate", Slices, "adapter inflate: ", "was trained with the adapter conv")]
    [InlineData("conv", 3, "channels 3: ", "was trained with 5 slices")]
    public async Task Run_FromWeightsOfAnotherAdapter_IsRefusedWithBothNames(string adapter, int slices, string asked, string trained)
    {
        TrainingRun first = Run(_folder["first"], Settings with { Adapter = "conv", Steps = 1 });
        await first.RunAsync(null, TestContext.Current.CancellationToken);
        TrainingRun second = new(_folder["second"], Settings with { Adapter = adapter, Channels = slices }, new Stack(), new Stack()) { From = first.Weights };

        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(() => second.RunAsync(null, TestContext.Current.CancellationToken));

        Assert.StartsWith(asked, refused.Message, StringComparison.Ordinal);
        Assert.Contains(trained, refused.Message, StringComparison.Ordinal);
    }

    private static void Stop(bool now, CancellationTokenSource stop)
    {
        if (now)
        {
            stop.Cancel();
        }
    }

    private static TrainingRun Run(string folder, TrainingSettings settings) => new(folder, settings, new Stack(), new Stack())
    {
        Network = Tiny.Config,
        Watching = new RunSettings { LogEvery = 1, ValidateEvery = 4, CheckpointEvery = 2, ValidationExamples = 2 },
    };

    private static SamTrainer Trainer(TrainingSettings settings)
    {
        random.manual_seed(1);
        return new SamTrainer(new SamNetwork(Tiny.Config), settings);
    }

    private static TrainingExample[] Batch(int number) => [.. Squares.Batch(number).Select(Stack.Of)];

    private static Dictionary<string, float[]> Weights(nn.Module module)
    {
        using DisposeScope scope = NewDisposeScope();
        return module.state_dict().ToDictionary(w => w.Key, w => w.Value.detach().data<float>().ToArray());
    }

    /// <summary>Squares whose neighbouring slices are darker the farther they are.</summary>
    private sealed class Stack : TrainingSource
    {
        public override string Description => "a stack of squares";

        public static TrainingExample Of(TrainingExample flat) => flat with
        {
            Grey = [.. Enumerable.Range(0, Slices).SelectMany(slice => flat.Grey.Select(grey => grey / (1 + Math.Abs(slice - (Slices / 2)))))],
        };

        protected override ValueTask<TrainingExample> MakeAsync(long number, int side, CancellationToken cancellationToken) => new(Of(Squares.Batch((int)number)[0]));
    }
}
