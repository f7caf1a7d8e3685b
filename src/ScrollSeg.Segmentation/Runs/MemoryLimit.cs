using System.Globalization;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>How much memory this process may use: what the machine has, or less where a container or a batch system's allocation
/// says so. Sizing by the machine is how programs are killed inside an allocation.</summary>
/// <param name="root">Root of the file system; a test may hand in a folder.</param>
public sealed class MemoryLimit(string root = "/")
{
    private const string Unlimited = "max";

    /// <summary>The limit in bytes.</summary>
    /// <param name="machineBytes">What the machine has.</param>
    public long Find(long machineBytes) => Limits().Append(machineBytes).Min();

    /// <summary>Limits of this process's control groups and those above them: each holds (cgroups(7); kernel documentation,
    /// cgroup-v2 "memory.max", cgroup-v1/memory "limit_in_bytes").</summary>
    private IEnumerable<long> Limits()
    {
        string groups = Path.Combine(root, "proc/self/cgroup");
        if (!File.Exists(groups))
        {
            yield break;
        }

        foreach (string line in File.ReadAllLines(groups))
        {
            // hierarchy:controllers:path; version 2 has hierarchy 0 and no controllers
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
            {
                continue;
            }

            (string mount, string file)? place = parts[1].Length == 0 ? ("sys/fs/cgroup", "memory.max")
                : parts[1].Split(',').Contains("memory") ? ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
                : null;
            if (place is ({ } mount, { } file))
            {
                foreach (long limit in LimitsAbove(Path.Combine(root, mount), parts[2].Trim('/'), file))
                {
                    yield return limit;
                }
            }
        }
    }

    private static IEnumerable<long> LimitsAbove(string mount, string group, string file)
    {
        for (string? at = group; at is not null; at = at.Length == 0 ? null : Path.GetDirectoryName(at) ?? "")
        {
            string path = Path.Combine(mount, at, file);
            if (File.Exists(path) && File.ReadAllText(path).Trim() is string text && text != Unlimited &&
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit > 0)
            {
                yield return limit;
            }
        }
    }
}
