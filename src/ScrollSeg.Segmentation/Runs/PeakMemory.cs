using System.Diagnostics;
using System.Globalization;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What the system says about this process's memory.</summary>
public static class PeakMemory
{
    /// <summary>The most bytes that the process was resident with so far: VmHWM on Linux, the peak working set elsewhere.</summary>
    public static long OfThisProcess()
    {
        const string Status = "/proc/self/status";
        if (File.Exists(Status))
        {
            foreach (string line in File.ReadLines(Status))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                {
                    return 1024 * long.Parse(line.AsSpan(6).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
                }
            }
        }

        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
