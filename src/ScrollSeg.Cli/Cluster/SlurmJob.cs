namespace ScrollSeg.Cli.Cluster;

/// <summary>What Slurm has to know besides.</summary>
internal sealed record SlurmJob
{
    /// <summary>Time limit of a task, in Slurm's form; <see langword="null"/> for the site's own.</summary>
    public string? Time { get; init; }

    /// <summary>Partition; <see langword="null"/> for the site's own.</summary>
    public string? Partition { get; init; }

    /// <summary>Account; <see langword="null"/> for the user's own.</summary>
    public string? Account { get; init; }

    /// <summary>Seconds before the time limit at which a task is warned.</summary>
    public required int WarningSeconds { get; init; }

    /// <summary>Tasks that may run at the same time; <see langword="null"/> for as many as the site lets.</summary>
    public int? Throttle { get; init; }

    /// <summary>The site's <c>MaxArraySize</c>: an array's indices lie below it.</summary>
    public required int MaxArraySize { get; init; }

    /// <summary>Whether a text can be the name of a partition, account, kind of GPU, or job.</summary>
    public static bool IsName(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ',');
}
