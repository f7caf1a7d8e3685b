using System.Diagnostics;
using System.Globalization;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Sam.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = ScrollSeg.Sam.Training.AdamW;

namespace ScrollSeg.Benchmarks;

/// <summary>A training step behind an encoder that stays as it is: <c>train-step [vit_b] [steps] [objects] [view|decoder]</c>.</summary>
/// <remarks>
/// WHY THIS EXISTS. Fine-tuning of the decoder on a CPU is only of use if a step takes seconds, and if the thousandth step needs no
/// more memory than the tenth.
/// WHAT IT MEASURES. The recipe of SAM's paper on one image whose embedding is there already: a first prompt, 8 clicks into the
/// error, 2 rounds of the mask alone; losses, one backward pass, AdamW over decoder and prompt encoder. Median time of a step, and
/// the resident set after a tenth of the steps and after all.
/// WHAT IT DOES NOT. The encoder's time (<c>scrollseg bench encoder</c>), reading, panels, checkpoints.
/// </remarks>
internal static class TrainStep
{
    public static int Run(string[] args)
    {
        string name = args.Length > 0 ? args[0] : "vit_b";
        int steps = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20;
        int objects = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 4;
        bool atDecoder = args.Length > 3 && args[3] == "decoder";
        NativeRuntime.EnsureLoaded();
        using MallocRetention? retention = args.Contains("trims") ? null : new(); // as a training has it
        SamConfig config = name == "small" ? SmallNetwork.Create() : SamConfig.OfName(name) ?? throw new ArgumentException($"{name} is not known: small, vit_b, vit_l, vit_h.");
        using SamNetwork network = new(config);
        network.train();
        List<TrainedParameter> trained = [];
        foreach ((string key, Parameter parameter) in network.named_parameters())
        {
            bool learns = !key.StartsWith("image_encoder.", StringComparison.Ordinal);
            parameter.requires_grad_(learns);
            if (learns)
            {
                trained.Add(new TrainedParameter(key, parameter, 1, Decays: parameter.shape.Length > 1));
            }
        }

        using AdamW optimiser = new(trained);
        using ReplicateAdapter adapter = new();
        PromptRounds rounds = new(
            network, new PromptSettings { WithoutPromptShare = 0, Objects = objects }, new MaskObjective(new LossSettings { AtDecoderSize = atDecoder }), adapter);
        TrainingExample example = Example(config.ViewSide);
        int mapSide = config.ViewSide / config.PatchSide;
        using Tensor embedding = randn([1, config.EmbeddingWidth, mapSide, mapSide]);
        double[] seconds = new double[steps];
        long early = 0;
        for (int step = 0; step < steps; step++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            using (NewDisposeScope())
            {
                foreach (TrainedParameter parameter in trained)
                {
                    parameter.Value.grad = null;
                }

                Random random = new(step);
                (Tensor loss, _) = rounds.Play(embedding, [example], rounds.Draw([example], 1, random), random)!.Value;
                loss.backward();
                optimiser.Step(step + 1, 1e-5, 0.1);
            }

            seconds[step] = clock.Elapsed.TotalSeconds;
            early = step == steps / 10 ? SamMemoryUse.Status("VmRSS:") : early;
        }

        Array.Sort(seconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}, {objects} objects, 11 rounds, {steps} steps: median {seconds[steps / 2]:f2} s ({seconds[0]:f2} to {seconds[^1]:f2}); resident after {steps / 10} steps {early / 1e6:f0} MB, after all {SamMemoryUse.Status("VmRSS:") / 1e6:f0} MB, at most {SamMemoryUse.Status("VmHWM:") / 1e6:f0} MB"));
        return 0;
    }

    /// <summary>Nine discs, apart from each other.</summary>
    private static TrainingExample Example(int side)
    {
        byte[] labels = new byte[side * side];
        for (int i = 0; i < labels.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, side);
            (double dy, double dx) = (((double)y * 3 / side % 1) - 0.5, ((double)x * 3 / side % 1) - 0.5);
            labels[i] = (dy * dy) + (dx * dx) < 0.09 ? (byte)1 : (byte)0;
        }

        return new TrainingExample(side, [.. labels.Select(label => (label * 100f) + 60)], labels, "discs");
    }
}
