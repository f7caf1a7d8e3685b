using System.Diagnostics;
using System.Globalization;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Benchmarks;

/// <summary>What metrics of large volumes take: <c>metrics PREDICTION TRUTH [NAMES] [REGION EDGE]</c>.</summary>
/// <remarks>
/// WHY THIS EXISTS. Metrics of a volume are asked for after every run; one that takes longer than the run, or that does not fit in
/// the memory, is not used. Limits are set for 512^3 and for the surface contest's 320^3.
/// WHAT IT MEASURES. Wall time of one comparison with nothing but the named metrics, reading and decoding included, and the peak resident
/// set of it (Linux only).
/// WHAT IT DOES NOT. Other programs: the contest's own take hours, and are not here.
/// </remarks>
internal static class MetricCost
{
    public static async Task<int> RunAsync(string[] args)
    {
        await using VolumeReader prediction = await VolumeFormats.OpenAsync(args[0], new ReaderOptions(), CancellationToken.None);
        await using VolumeReader truth = await VolumeFormats.OpenAsync(args[1], new ReaderOptions(), CancellationToken.None);
        string[] groups = args.Length > 2 ? args[2].Split(';') : ["dice,iou,precision,recall,f0.5", "surface-dice", "voi", "hausdorff95", "betti"];
        Box3? region = args.Length > 3 && int.TryParse(args[3], CultureInfo.InvariantCulture, out int edge) ? new Box3((0, 0, 0), new(edge, edge, edge)) : null;
        foreach (string names in groups)
        {
            MetricSettings settings = new() { Metrics = names.Split(','), Region = region };
            await File.WriteAllTextAsync("/proc/self/clear_refs", "5"); // resets VmHWM
            long started = Stopwatch.GetTimestamp();
            MetricReport report = await new VolumeComparison(prediction, truth, settings).RunAsync(CancellationToken.None);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{names}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, peak {SamMemoryUse.Status("VmHWM:") >> 20} MiB; {report.Scores[0].Name} = {report.Scores[0].Value:0.0000} {report.Scores[0].Reason}"));
        }

        return 0;
    }
}
