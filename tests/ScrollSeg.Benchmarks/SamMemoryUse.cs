using System.Globalization;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using static TorchSharp.torch;

namespace ScrollSeg.Benchmarks;

/// <summary>Holds <see cref="SamSliceSegmenter.WorkingBytes"/> against the resident set: <c>sam-memory [vit_b] [batch] [side] [f32|bf16]</c>.</summary>
/// <remarks>
/// WHY THIS EXISTS. A run's memory budget is planned with that estimate; where it is too low the budget does not hold.
/// WHAT IT MEASURES. The peak resident set of two calls (Linux only) above what is resident once the network is made: what
/// the C library keeps between calls counts, since a budget has to hold it too.
/// WHAT IT DOES NOT. Memory of a GPU.
/// </remarks>
internal static class SamMemoryUse
{
    public static int Run(string[] args)
    {
        string name = args.Length > 0 ? args[0] : "vit_b";
        SamConfig config = SamConfig.OfName(name) ?? throw new ArgumentException($"{name} is not known: vit_b, vit_l, vit_h.");
        int batch = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
        int side = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : config.ViewSide;
        ScalarType type = args.Length > 3 && args[3] == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32;
        NativeRuntime.EnsureLoaded();
        using SamNetwork network = new(config, type);
        using SamSliceSegmenter segmenter = new(network, "random", CPU);
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(batch, side, side), VoxelType.UInt16);
        voxels.Clear();
        float[] scores = new float[batch * side * side];
        long before = Status("VmRSS:");
        File.WriteAllText("/proc/self/clear_refs", "5"); // resets VmHWM
        for (int i = 0; i < 2; i++)
        {
            segmenter.Segment(new TileBatch(voxels, Channels: 1, new IntensityRange(0, 65535)), scores);
        }

        double measured = Status("VmHWM:") - before;
        double estimate = segmenter.WorkingBytes(batch, side);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"batch {batch} of {side}: measured {measured / 1e6:f0} MB, estimated {estimate / 1e6:f0} MB ({estimate / measured:p0}); resident before {before / 1e6:f0} MB"));
        return 0;
    }

    /// <summary>A line of /proc/self/status, in bytes.</summary>
    public static long Status(string name) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
