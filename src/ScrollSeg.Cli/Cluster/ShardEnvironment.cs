using System.Globalization;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Cluster;

/// <summary>
/// Finds a task's share of the run in what a batch system tells it. An index without a count, or a count without an index, is
/// an error: a task that computed everything instead would go unnoticed.
/// </summary>
internal static class ShardEnvironment
{
    /// <summary>Says the index, above every batch system's own variable.</summary>
    public const string Index = "SCROLLSEG_SHARD_INDEX";

    /// <summary>Says the count. No batch system's own is taken: <c>SLURM_ARRAY_TASK_COUNT</c>, for one, counts the tasks of a
    /// retry of three shards as three.</summary>
    public const string Count = "SCROLLSEG_SHARD_COUNT";

    /// <summary>First hit wins.</summary>
    private static readonly Source[] Sources =
    [
        new(Index),
        new("SLURM_ARRAY_TASK_ID"),
        new("JOB_COMPLETION_INDEX"),                         // a Kubernetes Indexed Job
        new("AWS_BATCH_JOB_ARRAY_INDEX"),
        new("PBS_ARRAY_INDEX"),
        new("LSB_JOBINDEX", First: 1, NoArray: "0"),         // LSF sets it for every job
        new("SGE_TASK_ID", First: 1, NoArray: "undefined"),  // SGE too
    ];

    /// <summary>Finds the share; <see langword="null"/> if nothing speaks of one.</summary>
    /// <param name="variables">The environment.</param>
    /// <param name="countOfRun">Into how many shares the run is cut, if it was begun and says so.</param>
    /// <exception cref="UsageException">Half a configuration, or an impossible one.</exception>
    public static Shard? Find(IReadOnlyDictionary<string, string> variables, Func<int?> countOfRun)
    {
        Source? source = Sources.FirstOrDefault(
            candidate => variables.TryGetValue(candidate.Variable, out string? value) && value != candidate.NoArray);
        bool counted = variables.TryGetValue(Count, out string? countText);
        if (source is null)
        {
            return counted
                ? throw new UsageException(
                    $"{Count} is '{countText}', but no variable says which of them this is: set {Index} from 0, or give --shard I/N.")
                : null;
        }

        int index = Number(source.Variable, variables[source.Variable]) - source.First;
        int count = counted
            ? Number(Count, countText!)
            : countOfRun() ?? throw new UsageException(
                $"{source.Variable} is '{variables[source.Variable]}', but nothing says how many shards there are: set {Count}, or give --shard I/N "
                + "(or unset the variable, to compute everything).");
        return index >= 0 && index < count
            ? new Shard(index, count)
            : throw new UsageException(
                $"{source.Variable} is '{variables[source.Variable]}', but there are {count} shards, numbered from {source.First} to {count - 1 + source.First} there.");
    }

    /// <summary>Into how many shares a run was cut when it was begun; <see langword="null"/> if it was not begun, or in one piece.</summary>
    public static int? CountOf(string run) =>
        RunFolder.TryOpen(run, new AtomicFile(FileOperations.System))?.Manifest.Shards is > 1 and int shards ? shards : null;

    private static int Number(string variable, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new UsageException($"{variable} is '{text}': expected a whole number.");

    /// <param name="Variable">Its name.</param>
    /// <param name="First">What it says for the first shard.</param>
    /// <param name="NoArray">What it says when the job is no array.</param>
    private sealed record Source(string Variable, int First = 0, string? NoArray = null);
}
