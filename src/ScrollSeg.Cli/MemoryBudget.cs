using System.Globalization;

namespace ScrollSeg.Cli;

/// <summary>How much memory a command takes unless told: the smaller of 4 GiB and half of what there is.</summary>
internal static class MemoryBudget
{
    private const long Most = 4L << 30;

    private static readonly string[] ControlGroupLimits =
        ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    public static long Default => Math.Min(Most, Available / 2);

    /// <summary>What the control group of a container or a batch job allows, or what the machine has.</summary>
    private static long Available => Math.Min(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, ControlGroupLimits.Min(Limit));

    private static long Limit(string file) =>
        File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            ? bytes
            : long.MaxValue;
}
