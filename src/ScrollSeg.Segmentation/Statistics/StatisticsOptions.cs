namespace ScrollSeg.Segmentation.Statistics;

/// <summary>How much of a volume the statistics stage reads.</summary>
public enum StatisticsMode
{
    /// <summary>All of it where that is affordable, else a sample.</summary>
    Auto,

    /// <summary>All of it.</summary>
    Exact,

    /// <summary>A seeded sample of whole chunks.</summary>
    Sample,
}

/// <summary>Settings of the statistics stage.</summary>
public sealed record StatisticsOptions
{
    /// <summary>How much is read. Default auto.</summary>
    public StatisticsMode Mode { get; init; } = StatisticsMode.Auto;

    /// <summary>Decoded bytes up to which auto reads everything, and that a sample reads about. More costs time in
    /// proportion and buys a finer histogram. Default 4 GiB.</summary>
    public long AffordableBytes
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(AffordableBytes), value, "At least 1 byte.");
    } = 4L << 30;

    /// <summary>Seed of the sample. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Decoded bytes of one piece of a sample. Not tied to any memory budget: another piece size draws another
    /// sample, and the same run has to find the same figures wherever it runs. Default 64 MiB.</summary>
    internal long SampleBlockBytes { get; init; } = 64L << 20;

    /// <summary>Decoded bytes held at once, at least one chunk. Default 64 MiB.</summary>
    public long BlockBytes { get; init; } = 64L << 20;

    /// <summary>Decoded bytes after which what was counted is kept: some seconds of work, what a kill may cost. Default 1 GiB, and
    /// at most 64 parts.</summary>
    internal long PartBytes { get; init; } = 1L << 30;
}
