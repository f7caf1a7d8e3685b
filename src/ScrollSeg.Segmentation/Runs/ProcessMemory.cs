using System.Diagnostics;
using System.Globalization;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>This process's memory, as the system counts it.</summary>
public static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Bytes resident now, after garbage was collected.</summary>
    public static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Read("VmRSS:") ?? Environment.WorkingSet;
    }

    /// <summary>The most bytes that were resident so far.</summary>
    public static long PeakBytes()
    {
        if (Read("VmHWM:") is long peak)
        {
            return peak;
        }

        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    /// <summary>Keeps the managed heap below a size from now on: the runtime collects rather than grows.</summary>
    /// <param name="bytes">More than what lives there now.</param>
    public static void LimitHeap(long bytes)
    {
        AppContext.SetData("GCHeapHardLimit", (ulong)bytes);
        GC.RefreshMemoryLimit();
    }

    private static long? Read(string field)
    {
        if (File.Exists(Status))
        {
            foreach (string line in File.ReadLines(Status))
            {
                if (line.StartsWith(field, StringComparison.Ordinal))
                {
                    return 1024 * long.Parse(line.AsSpan(field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
                }
            }
        }

        return null;
    }
}
