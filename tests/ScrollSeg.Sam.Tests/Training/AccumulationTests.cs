using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Training;
using ScrollSeg.Testing;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class AccumulationTests
{
    private static readonly TrainingSettings Promptless = new()
    {
        Seed = 3, Steps = 20, Batch = 4, MaxGradient = 1e9, Prompts = new PromptSettings { WithoutPromptShare = 1 },
    };

    [Theory]
    [InlineData(2)]
    [InlineData(3)] // parts of one, one and two
    [InlineData(4)]
    [InlineData(9)] // no more parts than images
    public void Step_InParts_HasTheGradientsOfTheWholeBatch(int parts)
    {
        (Dictionary<string, float[]> whole, StepScores expected) = Gradients(Promptless, Squares.Batch(0, 4));

        (Dictionary<string, float[]> summed, StepScores actual) = Gradients(Promptless with { Accumulate = parts }, Squares.Batch(0, 4));

        AssertAgree(whole, summed);
        Assert.Equal(expected.Loss, actual.Loss, 1e-5);
        Assert.Equal(expected.Dice, actual.Dice, 1e-5);
        Assert.Equal(expected.LastIou, actual.LastIou, 1e-5);
    }

    /// <summary>Images without an object take no part in what is asked; the others' objects weigh alike, whichever part they are in.</summary>
    [Fact]
    public void Step_AskedWithAClick_WeighsObjectsNotParts()
    {
        TrainingSettings asked = Promptless with { Prompts = new PromptSettings { WithoutPromptShare = 0, Clicks = 0, RoundsWithoutClick = 0 } };
        TrainingExample[] batch = [.. Squares.Batch(0, 3).Select(Full), Empty(Squares.Batch(0, 3)[2])];
        int seed = Enumerable.Range(0, 50).First(seed => StartsWithBoxes(asked with { Seed = seed }, batch)); // a click is drawn for each part

        (Dictionary<string, float[]> whole, StepScores expected) = Gradients(asked with { Seed = seed }, batch);
        (Dictionary<string, float[]> summed, StepScores actual) = Gradients(asked with { Seed = seed, Accumulate = 2 }, batch);

        AssertAgree(whole, summed);
        Assert.Equal(expected.Loss, actual.Loss, 1e-5);

        static TrainingExample Full(TrainingExample example) => example with { Labels = [.. Enumerable.Repeat((byte)1, example.Labels.Length)] };
        static TrainingExample Empty(TrainingExample example) => example with { Labels = new byte[example.Labels.Length] };
    }

    [Fact]
    public void Step_AskingBothInParts_WeighsImagesAndObjects()
    {
        TrainingSettings asked = Promptless with
        {
            Prompts = new PromptSettings { WithoutPromptShare = 0, AsksBoth = true, Clicks = 0, RoundsWithoutClick = 0 },
        };
        TrainingExample[] batch = Squares.Batch(0, 4);
        batch[3] = batch[3] with { Labels = new byte[batch[3].Labels.Length] }; // a part of its own without an object
        int seed = Enumerable.Range(0, 50).First(seed => StartsWithBoxes(asked with { Seed = seed }, batch));
        asked = asked with { Seed = seed, Prompts = asked.Prompts with { BoxNoise = 0 } }; // a box is drawn for each part

        (Dictionary<string, float[]> whole, StepScores expected) = Gradients(asked, batch);
        (Dictionary<string, float[]> summed, StepScores actual) = Gradients(asked with { Accumulate = 4 }, batch);

        AssertAgree(whole, summed);
        Assert.Equal(expected.Loss, actual.Loss, 1e-5);
        Assert.Equal(expected.LastIou, actual.LastIou, 1e-5);
    }

    [Fact]
    public void Step_InParts_HoldsOnePartAtATime()
    {
        random.manual_seed(1);
        using SamNetwork network = new(Tiny.Config);
        using SamTrainer trainer = new(network, Promptless with { Accumulate = 4 });
        trainer.Step(Squares.Batch(0, 4)); // gradients and moments are there from here on
        List<long> images = [];
        List<long> alive = [];
        nn.Module patches = network.named_modules().Single(module => module.name == "image_encoder.patch_embed.proj").module;
        ((TorchSharp.Modules.Conv2d)patches).register_forward_pre_hook((_, input) =>
        {
            images.Add(input.shape[0]);
            alive.Add(Tiny.LiveTensors());
            return input;
        });

        trainer.Step(Squares.Batch(1, 4));

        Assert.Equal([1L, 1, 1, 1], images);
        Assert.InRange(alive[3] - alive[1], -20, 5); // the graph and tensors of a part are gone when the next is made
    }

    [Fact]
    public void State_OfATrainingInParts_GoesOnExactly()
    {
        TrainingSettings settings = Promptless with { Accumulate = 3, Prompts = new PromptSettings { WithoutPromptShare = 0.5, Clicks = 1 } };
        using TemporaryFolder folder = new();
        string path = folder["state.safetensors"];
        List<double> unbroken = [];
        using (SamTrainer trainer = Trainer(settings, seed: 1))
        {
            for (int i = 0; i < 6; i++)
            {
                if (i == 3)
                {
                    TrainingState.Save(path, trainer, "this");
                }

                unbroken.Add(trainer.Step(Squares.Batch(i, 4)).Loss);
            }
        }

        using SamTrainer resumed = Trainer(settings, seed: 9);
        TrainingState.Load(path, resumed, "this");

        Assert.Equal(unbroken.Skip(3), Enumerable.Range(3, 3).Select(i => resumed.Step(Squares.Batch(i, 4)).Loss));
    }

    private static SamTrainer Trainer(TrainingSettings settings, int seed)
    {
        random.manual_seed(seed);
        return new SamTrainer(new SamNetwork(Tiny.Config), settings);
    }

    /// <summary>Full squares have one box, whoever draws; only its noise is drawn.</summary>
    private static bool StartsWithBoxes(TrainingSettings settings, TrainingExample[] batch)
    {
        (Dictionary<string, float[]> gradients, _) = Gradients(settings, batch);
        return gradients["prompt_encoder.point_embeddings.2.weight"].Any(value => value != 0); // the corner's own
    }

    private static (Dictionary<string, float[]> Gradients, StepScores Scores) Gradients(TrainingSettings settings, TrainingExample[] batch)
    {
        PromptSettings exact = settings.Prompts with { BoxNoise = 0 };
        using SamTrainer trainer = Trainer(settings with { Prompts = exact }, seed: 1);
        StepScores scores = trainer.Step(batch);
        return (trainer.Trained.ToDictionary(p => p.Name, p => p.Value.grad is null ? [] : p.Value.grad.data<float>().ToArray()), scores);
    }

    private static void AssertAgree(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach ((string name, float[] gradient) in expected)
        {
            double most = gradient.Length == 0 ? 0 : gradient.Max(Math.Abs);
            Assert.Equal(gradient.Length, actual[name].Length);
            for (int i = 0; i < gradient.Length; i++)
            {
                Assert.True(Math.Abs(gradient[i] - actual[name][i]) <= (1e-4 * most) + 1e-7, $"{name}[{i}]: {gradient[i]} and {actual[name][i]}");
            }
        }
    }
}
