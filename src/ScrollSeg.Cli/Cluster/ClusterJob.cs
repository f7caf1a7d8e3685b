namespace ScrollSeg.Cli.Cluster;

/// <summary>What every batch system has to know: the commands of a prepared run's tasks, and what a task needs.</summary>
internal sealed record ClusterJob
{
    /// <summary>What people see in the queue.</summary>
    public required string Name { get; init; }

    /// <summary>The words that start this program where the tasks run.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>What <c>segment</c> is told; the shard comes from the task's environment.</summary>
    public required SegmentArguments Arguments { get; init; }

    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }

    /// <summary>Into how many shards the run is cut.</summary>
    public required int Shards { get; init; }

    /// <summary>Those that have units left.</summary>
    public required IReadOnlyList<int> ShardsLeft { get; init; }

    /// <summary>Cores of a task.</summary>
    public required int Cpus { get; init; }

    /// <summary>Bytes that the batch system lets a task occupy.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>GPUs of a task.</summary>
    public required GpuRequest Gpus { get; init; }

    /// <summary>How often a task that stopped with work left, or was lost, is started again.</summary>
    public required int Retries { get; init; }

    /// <summary>A task's command.</summary>
    public IEnumerable<string> SegmentWords => [.. Program, SegmentCommand.Name, .. Arguments.ToWords()];

    /// <summary>The command that completes the output.</summary>
    public IEnumerable<string> FinalizeWords => [.. Program, "finalize", "--run", Run];

    /// <summary>A task's memory when nothing else is asked for: the budget holds for what the system counts as the process's;
    /// a batch system may count the files that it just wrote, too.</summary>
    public static long MemoryFor(long budget) => budget + Math.Max(512L << 20, budget / 8);
}
