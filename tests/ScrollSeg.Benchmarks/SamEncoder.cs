using System.Diagnostics;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Benchmarks;

/// <summary>
/// Times SAM's image encoder in float32 on the CPU: <c>sam-encoder [vit_b|vit_l|vit_h] [repeats]</c>.
/// </summary>
/// <remarks>
/// WHY THIS EXISTS. The encoder is nearly all of a run's time. An extra copy of the tokens, a bias laid out badly or a
/// kernel that falls back to plain code shows in no test, and costs everyone.
/// WHAT IT MEASURES. One image of 1024 x 1024 through the encoder with random weights, the median of the repeats, and the
/// machine's own matrix product in the same run, between the repeats: the ratio is what can be compared between machines
/// and between days, since other work may share the processor. Peak resident set as Linux reports it.
/// WHAT IT DOES NOT. Reading checkpoints, the decoder, and batches.
/// RESULTS. vit_b, 2 cores of an AMD EPYC with AVX-512, first version: 7.52 s (7.44 to 7.80), 124 GFLOP/s, 70 % of the
/// machine's 178; peak 1106 MB resident, of which weights 359.
/// </remarks>
internal static class SamEncoder
{
    private const int ProductSide = 2048;

    public static int Run(string[] args)
    {
        string name = args.Length > 0 ? args[0] : "vit_b";
        int repeats = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 5;
        SamConfig config = Config(name);

        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        using ImageEncoder encoder = new(config);
        encoder.eval();
        Tensor image = randn(1, 3, config.ViewSide, config.ViewSide);
        Tensor factor = randn(ProductSide, ProductSide);
        Time(() => encoder.forward(image));

        List<double> forward = [];
        List<double> product = [];
        for (int i = 0; i < repeats; i++)
        {
            product.Add(Time(() => factor.matmul(factor)));
            forward.Add(Time(() => encoder.forward(image)));
        }

        double operations = 2 * Multiplications(config);
        double rate = operations / Median(forward) / 1e9;
        double machine = 2 * Math.Pow(ProductSide, 3) / Median(product) / 1e9;
        Console.WriteLine($"{name}, {get_num_threads()} threads, float32, median of {repeats}");
        Console.WriteLine($"encoder      {Median(forward):f2} s per image ({forward.Min():f2} to {forward.Max():f2}), {operations / 1e12:f3} TFLOP");
        Console.WriteLine($"             {rate:f0} GFLOP/s, {rate / machine:p0} of the machine's matrix product ({machine:f0} GFLOP/s)");
        Console.WriteLine($"peak         {SamMemoryUse.Status("VmHWM:") / 1e6:f0} MB resident, of which weights {4 * encoder.parameters().Sum(p => p.numel()) / 1e6:f0} MB");
        return 0;
    }

    /// <summary>The published sizes by their names.</summary>
    public static SamConfig Config(string name) => name switch
    {
        "vit_b" => SamConfig.VitB,
        "vit_l" => SamConfig.VitL,
        "vit_h" => SamConfig.VitH,
        _ => throw new ArgumentException($"{name} is not known: vit_b, vit_l, vit_h."),
    };

    /// <summary>Multiply-adds of one image as the architecture needs them: no padding of windows.</summary>
    private static double Multiplications(SamConfig config)
    {
        double tokens = (double)config.GridSide * config.GridSide;
        double total = tokens * 3 * config.PatchSide * config.PatchSide * config.Width;
        for (int block = 0; block < config.Depth; block++)
        {
            double keys = (double)config.AttentionSide(block) * config.AttentionSide(block);
            total += tokens * config.Width * ((4.0 * config.Width) + (2.0 * config.MlpWidth) + (2 * keys));
        }

        return total + (tokens * config.EmbeddingWidth * (config.Width + (9.0 * config.EmbeddingWidth)));
    }

    private static double Time(Func<Tensor> compute)
    {
        Stopwatch watch = Stopwatch.StartNew();
        compute().Dispose();
        return watch.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
