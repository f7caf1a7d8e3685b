using System.Diagnostics;
using System.Globalization;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Benchmarks;

/// <summary>Sets the forms of attention with a relative position side by side: <c>sam-attention [vit_b|vit_l|vit_h] [repeats]</c>.</summary>
/// <remarks>
/// WHY THIS EXISTS. The relative position may be a bias that is added to the scores, or be folded into the product of queries
/// and keys; which is faster depends on the number format and on libtorch's kernels, and may change with either.
/// WHAT IT MEASURES. Attention of one image between the projections, of a global block and of one with windows: the form that
/// the network uses in 32 bits (a bias, a band of queries at a time, and libtorch's kernel), and the folded form with products
/// of our own and with libtorch's kernel, in 32 and in 16 bits. By turns; the fastest of the repeats and the median.
/// WHAT IT DOES NOT. GPUs, batches.
/// </remarks>
internal static class SamAttention
{
    public static int Run(string[] args)
    {
        string name = args.Length > 0 ? args[0] : "vit_b";
        int repeats = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        SamConfig config = SamConfig.OfName(name) ?? throw new ArgumentException($"{name} is not known: vit_b, vit_l, vit_h.");
        NativeRuntime.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        foreach ((string what, int side, int squares) in new[] { ("global", config.GridSide, 1), ("windows", config.WindowSide, 25) })
        {
            Compare($"{name} {what}", config, side, squares, repeats);
        }

        return 0;
    }

    private static void Compare(string what, SamConfig config, int side, int squares, int repeats)
    {
        using DisposeScope scope = NewDisposeScope();
        Attention attention = new(config.Width, config.Heads, side);
        Tensor mixed = randn(squares, side, side, 3 * config.Width);
        Tensor rounded = mixed.to(ScalarType.BFloat16);
        Tensor table = randn((2 * side) - 1, config.Width / config.Heads).mul(0.02).flip(0).unfold(0, side, 1).flip(0);
        (string Form, Func<Tensor> Attend)[] forms =
        [
            ("f32, bias (in use)", () => attention.Attend(mixed)),
            Folded(ScalarType.Float32, byKernel: false, mixed, "f32, folded, own products"),
            Folded(ScalarType.Float32, byKernel: true, mixed, "f32, folded, libtorch's kernel"),
            Folded(ScalarType.BFloat16, byKernel: false, rounded, "bf16, folded, own products (in use)"),
            Folded(ScalarType.BFloat16, byKernel: true, rounded, "bf16, folded, libtorch's kernel"),
        ];
        List<double>[] seconds = [.. forms.Select(_ => new List<double>())];
        for (int i = -1; i < repeats; i++)
        {
            for (int form = 0; form < forms.Length; form++)
            {
                long started = Stopwatch.GetTimestamp();
                forms[form].Attend().Dispose();
                if (i >= 0)
                {
                    seconds[form].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
            }
        }

        for (int form = 0; form < forms.Length; form++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-16}{forms[form].Form,-38}{seconds[form].Min(),8:f0} ms at best,{seconds[form].Order().ElementAt(repeats / 2),8:f0} median"));
        }

        (string, Func<Tensor>) Folded(ScalarType type, bool byKernel, Tensor input, string form)
        {
            FoldedAttention folded = new(table, table, config.Heads, type, byKernel);
            return (form, () => folded.Attend(input));
        }
    }
}
