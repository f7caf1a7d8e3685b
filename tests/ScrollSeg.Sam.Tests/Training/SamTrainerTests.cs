using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class SamTrainerTests
{
    private static readonly TrainingSettings Settings = new()
    {
        Seed = 3, Steps = 20, Batch = 2, Rate = new RateSchedule { Peak = 1e-2, WarmUp = 2 },
        Prompts = new PromptSettings { WithoutPromptShare = 0.4, Clicks = 2, RoundsWithoutClick = 2 },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_OnAnEasyImage_LowersTheLoss(bool atDecoderSize)
    {
        using SamTrainer trainer = new(Network(), Settings with
        {
            Steps = 30, Loss = new LossSettings { AtDecoderSize = atDecoderSize }, Prompts = new PromptSettings { WithoutPromptShare = 1 },
        });

        double first = trainer.Step(Squares.Batch(0)).Loss;
        for (int i = 1; i < 30; i++)
        {
            trainer.Step(Squares.Batch(i));
        }

        Assert.True(trainer.Step(Squares.Batch(0)).Loss < 0.7 * first);
    }

    /// <summary>Weights and gradients stay 32-bit floats, and point where they would in full.</summary>
    [Fact]
    public void Step_InBFloat16_HasNearlyTheGradientsOfFloats()
    {
        TrainingSettings settings = Settings with { MaxGradient = 1e9, Prompts = new PromptSettings { WithoutPromptShare = 1 } };
        using SamTrainer full = new(Network(), settings with { Precision = "f32" });
        using SamTrainer half = new(Network(), settings with { Precision = "bf16" });

        double expected = full.Step(Squares.Batch(0)).Loss;
        double actual = half.Step(Squares.Batch(0)).Loss;

        Assert.NotEqual(expected, actual);
        Assert.Equal(expected, actual, 0.02 * expected);
        foreach ((TrainedParameter one, TrainedParameter other) in full.Trained.Zip(half.Trained))
        {
            Assert.Equal(ScalarType.Float32, other.Value.dtype);
            Assert.Equal(one.Value.grad is null, other.Value.grad is null);
            if (one.Value.grad is Tensor gradient && other.Value.grad is Tensor rounded && gradient.norm().item<float>() > 1e-3)
            {
                Assert.Equal(ScalarType.Float32, rounded.dtype);
                float cosine = (gradient * rounded).sum().div(gradient.norm()).div(rounded.norm()).item<float>();
                Assert.True(cosine > 0.98, $"{one.Name}: {cosine}");
            }
        }
    }

    [Fact]
    public void Step_WithPrompts_SumsTheRounds()
    {
        using SamTrainer trainer = new(Network(), Settings with { Prompts = new PromptSettings { WithoutPromptShare = 0 } });

        Assert.Equal(11, trainer.Step(Squares.Batch(0)).Rounds); // 1 prompt, 8 clicks, 2 rounds without a click
    }

    /// <summary>Odd steps begin with what is seen without prompts, even ones with nothing.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Step_AskingBoth_EncodesOnceAndLearnsFromEach(int step)
    {
        PromptSettings clicks = new() { WithoutPromptShare = 0, Clicks = 1, RoundsWithoutClick = 0 };
        int encoded = 0;
        using SamTrainer both = new(Network(), Settings with { Prompts = clicks with { AsksBoth = true } }) { Done = step - 1 };
        using SamTrainer guessing = Guessing(Settings with { Prompts = clicks }, step - 1);
        using SamTrainer plain = new(Network(), Settings with { Prompts = clicks }) { Done = step - 1 };
        using SamTrainer without = new(Network(), Settings with { Prompts = clicks with { WithoutPromptShare = 1 } }) { Done = step - 1 };
        nn.Module patches = both.Network.named_modules().Single(module => module.name == "image_encoder.patch_embed.proj").module;
        ((TorchSharp.Modules.Conv2d)patches).register_forward_pre_hook((_, input) => { encoded++; return input; });

        StepScores scores = both.Step(Squares.Batch(0));

        Assert.Equal((1, 3), (encoded, scores.Rounds));
        Assert.True(both.Average.Config.GuessesFirst); // the copy that is kept, too
        StepScores alone = without.Step(Squares.Batch(0));
        (StepScores guessed, StepScores asked) = (guessing.Step(Squares.Batch(0)), plain.Step(Squares.Batch(0)));
        Assert.True(Math.Abs(guessed.Loss - asked.Loss) > 1e-3, $"{asked.Loss}");
        StepScores expected = step % 2 == 1 ? guessed : asked;
        Assert.Equal(expected.Loss + (2 * alone.Loss), scores.Loss, 1e-4); // as much as the two rounds together
        Assert.Equal(expected.LastIou, scores.LastIou, 1e-6);
    }

    [Fact]
    public void Step_AskingBothOfImagesWithoutAnObject_AsksWithoutAPrompt()
    {
        using SamTrainer trainer = new(Network(), Settings with { Prompts = new PromptSettings { WithoutPromptShare = 0, AsksBoth = true } });
        TrainingExample example = Squares.Batch(0)[0];

        Assert.Equal(1, trainer.Step([example with { Labels = new byte[example.Labels.Length] }]).Rounds);
    }

    [Fact]
    public void Step_OnImagesWithoutAnObject_Works()
    {
        using SamTrainer trainer = new(Network(), Settings with { Prompts = new PromptSettings { WithoutPromptShare = 0 } });
        TrainingExample example = Squares.Batch(0)[0];

        StepScores scores = trainer.Step([example with { Labels = new byte[example.Labels.Length] }]);

        Assert.True(double.IsFinite(scores.Loss));
    }

    [Theory]
    [InlineData("image_encoder")]
    [InlineData("prompt_encoder")]
    [InlineData("mask_decoder")]
    public void Step_FrozenPart_DoesNotChangeByABit_AndTheOthersDo(string part)
    {
        using SamTrainer trainer = new(Network(), Settings with { Frozen = [part], Prompts = Settings.Prompts with { WithoutPromptShare = 0 } });
        Dictionary<string, float[]> before = Weights(trainer.Network);

        for (int i = 0; i < 6; i++)
        {
            trainer.Step(Squares.Batch(i)); // clicks and boxes both come up
        }

        foreach ((string key, float[] old) in before)
        {
            bool same = old.SequenceEqual(Weights(trainer.Network)[key]);
            bool isFixed = key.StartsWith(part, StringComparison.Ordinal) || key.EndsWith("gaussian_matrix", StringComparison.Ordinal);
            Assert.True(same == isFixed || MayStay(key), key);
        }
    }

    [Fact]
    public void Step_WithoutPrompts_ReachesExactlyWhatAnswersThem()
    {
        using SamTrainer trainer = new(Network(), Settings with { Prompts = new PromptSettings { WithoutPromptShare = 1 } });

        trainer.Step(Squares.Batch(0));

        string[] reached = [.. trainer.Trained.Where(p => p.Value.grad is not null && p.Value.grad.abs().sum().item<float>() > 0).Select(p => p.Name)];
        Assert.All(reached, name => Assert.DoesNotContain("point_embeddings", name));
        Assert.All(reached, name => Assert.DoesNotContain("mask_downscaling", name));
        Assert.All(reached, name => Assert.DoesNotContain("output_hypernetworks_mlps.1", name));
        Assert.Contains("prompt_encoder.no_mask_embed.weight", reached);
        Assert.Contains("image_encoder.patch_embed.proj.weight", reached);
        Assert.Contains("mask_decoder.output_hypernetworks_mlps.0.layers.0.weight", reached);
    }

    [Fact]
    public void Step_WithNaNInTheImage_StopsAndNamesStepAndOrigin()
    {
        using SamTrainer trainer = new(Network(), Settings);
        trainer.Step(Squares.Batch(0));
        Dictionary<string, float[]> before = Weights(trainer.Network);
        TrainingExample[] batch = Squares.Batch(1);
        batch[1].Grey[5] = float.NaN;

        TrainingStoppedException stopped = Assert.Throws<TrainingStoppedException>(() => trainer.Step(batch));

        Assert.StartsWith("Step 2: the loss is NaN. The batch came from squares 2; squares 3.", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(1, trainer.Done);
        Assert.All(Weights(trainer.Network), weight => Assert.Equal(before[weight.Key], weight.Value));
    }

    [Fact]
    public void Step_LowRank_ChangesQueriesAndValuesOfTheEncoderAlone_ByThatRank()
    {
        using SamTrainer trainer = new(Network(), Settings with { LowRank = 1 });
        Dictionary<string, float[]> before = Weights(trainer.Network);
        for (int i = 0; i < 3; i++)
        {
            trainer.Step(Squares.Batch(i));
        }

        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, float[]> after = Weights(trainer.Network);
        foreach (string key in before.Keys.Where(key => key.StartsWith("image_encoder", StringComparison.Ordinal)))
        {
            Assert.True(before[key].SequenceEqual(after[key]) != key.EndsWith("qkv.weight", StringComparison.Ordinal), key);
        }

        const string Mixing = "image_encoder.blocks.0.attn.qkv.weight";
        Tensor change = tensor(after[Mixing], [36, 12]).sub(tensor(before[Mixing], [36, 12]));
        Assert.Equal(0, change.narrow(0, 12, 12).abs().sum().item<float>()); // keys
        float[] values = linalg.svdvals(change.narrow(0, 0, 12)).data<float>().ToArray();
        Assert.True(values[0] > 1e-3 && values[1] < 1e-3 * values[0], string.Join(' ', values));
    }

    [Fact]
    public void Constructor_UnknownPart_IsRefused()
    {
        using SamNetwork network = Network();

        ArgumentException refused = Assert.Throws<ArgumentException>(() => new SamTrainer(network, Settings with { Frozen = ["encoder"] }));

        Assert.Contains("'encoder' is no part", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Killed after five steps and gone on from the file: the losses of the other five are the same numbers.</summary>
    [Fact]
    public void State_SavedAndLoaded_GivesTheLossesOfAnUnbrokenTraining()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("scrollseg").FullName, "state.safetensors");
        List<double> unbroken = [];
        using (SamTrainer trainer = new(Network(), Settings))
        {
            for (int i = 0; i < 10; i++)
            {
                if (i == 5)
                {
                    TrainingState.Save(path, trainer, "this");
                }

                unbroken.Add(trainer.Step(Squares.Batch(i)).Loss);
            }
        }

        using SamTrainer resumed = new(Network(seed: 99), Settings);
        TrainingState.Load(path, resumed, "this");
        List<double> losses = [];
        for (int i = 5; i < 10; i++)
        {
            losses.Add(resumed.Step(Squares.Batch(i)).Loss);
        }

        Assert.Equal(unbroken.Skip(5), losses);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void State_OfAnotherTraining_IsRefusedAndTheDifferenceNamed()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("scrollseg").FullName, "state.safetensors");
        using SamTrainer trainer = new(Network(), Settings);
        TrainingState.Save(path, trainer, "{seed: 1}");

        CheckpointException refused = Assert.Throws<CheckpointException>(() => TrainingState.Load(path, trainer, "{seed: 2}"));

        Assert.Contains("it says '…{seed: 1}…', these settings say '…{seed: 2}…'", refused.Message, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Steps_LeaveNoTensorBehind()
    {
        using SamTrainer trainer = new(Network(), Settings);
        for (int i = 0; i < 4; i++)
        {
            trainer.Step(Squares.Batch(i)); // gradients of every kind of step exist from here on
        }

        long before = Tiny.LiveTensors();
        for (int i = 4; i < 12; i++)
        {
            trainer.Step(Squares.Batch(i));
        }

        Assert.InRange(Tiny.LiveTensors() - before, -200, 40); // a gradient of a parameter that the last step alone reached
    }

    /// <summary>Of the masks offered only the best is trained, which may always be the same one.</summary>
    private static bool MayStay(string key) =>
        key.Contains("output_hypernetworks_mlps", StringComparison.Ordinal) && !key.Contains("mlps.0.", StringComparison.Ordinal);

    private static SamNetwork Network(int seed = 1)
    {
        random.manual_seed(seed);
        return new SamNetwork(Tiny.Config);
    }

    private static Dictionary<string, float[]> Weights(SamNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        return network.state_dict().ToDictionary(w => w.Key, w => w.Value.detach().data<float>().ToArray());
    }

    private static SamTrainer Guessing(TrainingSettings settings, long done)
    {
        SamNetwork network = Network();
        network.GuessFirst();
        return new SamTrainer(network, settings) { Done = done };
    }
}
