using ScrollSeg.Sam.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class LearningTests
{
    /// <summary>Five steps against the published algorithm in double precision.</summary>
    [Fact]
    public void AdamW_FollowsItsAlgorithm()
    {
        using DisposeScope scope = NewDisposeScope();
        double[] expected = [0.5, -1.25];
        using Parameter parameter = new(tensor(new[] { 0.5f, -1.25f }));
        using ScrollSeg.Sam.Training.AdamW optimiser = new([new TrainedParameter("p", parameter, Rate: 0.5, Decays: true)]);
        double[] m = new double[2];
        double[] v = new double[2];
        for (int step = 1; step <= 5; step++)
        {
            double[] gradient = [step * 0.3, 1.0 / step];
            parameter.grad = tensor(Array.ConvertAll(gradient, g => (float)g));
            optimiser.Step(step, rate: 0.02, decay: 0.1);
            for (int i = 0; i < 2; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * gradient[i]);
                v[i] = (0.999 * v[i]) + (0.001 * gradient[i] * gradient[i]);
                expected[i] *= 1 - (0.01 * 0.1);
                expected[i] -= 0.01 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }

        float[] actual = parameter.detach().data<float>().ToArray();
        Assert.Equal(expected[0], actual[0], 1e-5);
        Assert.Equal(expected[1], actual[1], 1e-5);
    }

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(4, 1)]
    [InlineData(52, 0.505)]
    [InlineData(100, 0.01)]
    public void Schedule_RisesThenFalls(int step, double expected)
    {
        RateSchedule schedule = new() { Peak = 1, WarmUp = 4, FinalShare = 0.01 };

        Assert.Equal(expected, schedule.At(step, 100), 1e-12);
    }

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(4, 1)]
    [InlineData(60, 1)]
    [InlineData(61, 0.1)]
    [InlineData(85, 0.1)]
    [InlineData(86, 0.01)]
    [InlineData(100, 0.01)]
    public void Schedule_InSteps_FallsByTheFactorAfterEachShare(int step, double expected)
    {
        RateSchedule schedule = new() { Peak = 1, WarmUp = 4, Fall = RateFall.Steps };

        Assert.Equal(expected, schedule.At(step, 100), 1e-12);
        Assert.Equal(step > 25 ? 0.5 : schedule.At(step, 1000), (schedule with { FallsAfter = [0.25], FallFactor = 0.5 }).At(step, 100), 1e-12);
    }

    [Fact]
    public void Schedule_StepsThatDoNotAscend_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RateSchedule { FallsAfter = [0.85, 0.6] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RateSchedule { FallsAfter = [1] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RateSchedule { FallFactor = 0 });
    }

    [Fact]
    public void Augmentation_MovesGreyAndLabelsTogether()
    {
        byte[] labels = [.. Enumerable.Range(0, 64).Select(i => (byte)(i % 2))];
        TrainingExample example = new(8, [.. labels.Select(l => l == 1 ? 200f : 50f)], labels, "test");
        Augmentation quiet = new() { Contrast = 1, Brightness = 0, Noise = 0 };

        for (int seed = 0; seed < 16; seed++)
        {
            TrainingExample changed = quiet.Apply(example, new Random(seed));
            Assert.Equal(changed.Labels.Select(l => l == 1 ? 200f : 50f), changed.Grey.Select(g => MathF.Round(g)));
        }
    }

    [Fact]
    public void Augmentation_EveryTurn_IsAnotherPermutation()
    {
        HashSet<string> seen = [];
        for (int turn = 0; turn < 8; turn++)
        {
            int[] places = [.. Enumerable.Range(0, 25).Select(i => AugmentationChange.Source(i, 5, turn >= 4, turn % 4))];
            Assert.Equal(Enumerable.Range(0, 25), places.Order());
            seen.Add(string.Join(' ', places));
        }

        Assert.Equal(8, seen.Count);
    }

    [Fact]
    public async Task PhantomSource_SameNumber_SameExample_AndSeedsOfDemosAreNeverUsed()
    {
        PhantomSource source = new() { Seed = 4, Phantoms = 2, InfraredShare = 0.5 };
        for (int number = 0; number < 4; number++)
        {
            TrainingExample example = await source.ExampleAsync(number, 64, TestContext.Current.CancellationToken);
            Assert.Equal(example.Grey, (await new PhantomSource { Seed = 4, Phantoms = 2, InfraredShare = 0.5 }.ExampleAsync(number, 64, TestContext.Current.CancellationToken)).Grey);
            Assert.InRange(example.Grey.Min(), 0, 254);
            Assert.All(example.Labels, label => Assert.InRange(label, 0, 1));
            Assert.Matches("phantom 1000[01],", example.Origin);
        }
    }
}
