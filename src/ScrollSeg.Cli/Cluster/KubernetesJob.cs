namespace ScrollSeg.Cli.Cluster;

/// <summary>What Kubernetes has to know besides.</summary>
internal sealed record KubernetesJob
{
    /// <summary>Image that holds the program.</summary>
    public required string Image { get; init; }

    /// <summary>Namespace; <see langword="null"/> for the user's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>Persistent volume claims, and where they are mounted.</summary>
    public required IReadOnlyList<(string Claim, string Path)> Volumes { get; init; }

    /// <summary>Pods that may run at the same time; <see langword="null"/> for all.</summary>
    public int? Parallelism { get; init; }

    /// <summary>Seconds that a task takes at most to finish what is in work.</summary>
    public required int GraceSeconds { get; init; }

    /// <summary>A name as Kubernetes takes it (RFC 1123 label), short enough for what it adds for each pod.</summary>
    public static string NameFrom(string text)
    {
        string name = new([.. text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);
        name = name.Trim('-');
        return name.Length is > 0 and <= 40 ? name : name.Length == 0 ? "run" : name[..40].TrimEnd('-');
    }
}
