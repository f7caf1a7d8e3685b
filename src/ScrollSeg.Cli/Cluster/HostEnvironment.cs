using System.Collections;
using ScrollSeg.Sam;

namespace ScrollSeg.Cli.Cluster;

/// <summary>What the program finds around it. It is looked at once, here; a test hands in another one.</summary>
/// <param name="Variables">Environment variables, by name.</param>
/// <param name="CountGpus">Counts the GPUs that a network could compute on; loads libtorch.</param>
internal sealed record HostEnvironment(IReadOnlyDictionary<string, string> Variables, Func<int> CountGpus)
{
    /// <summary>No variables and no GPUs.</summary>
    public static HostEnvironment Bare { get; } = new(new Dictionary<string, string>(), () => 0);

    /// <summary>This process's.</summary>
    public static HostEnvironment Current() => new(
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? ""),
        CudaDevices.Count);
}
