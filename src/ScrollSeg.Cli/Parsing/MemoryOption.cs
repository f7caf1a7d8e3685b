using System.CommandLine;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.Parsing;

/// <summary><c>--memory</c>, the same for every verb.</summary>
internal static class MemoryOption
{
    private const long MostByDefault = 4L << 30;

    public static Option<long?> Create() => ParsedOption.Create<long?>(
        "--memory",
        "BYTES",
        "Memory to work within, such as 4GiB. Default: the smaller of 4GiB and half of what this machine or container has.",
        text => ByteSize.Parse(text));

    /// <summary>The budget when none is given.</summary>
    public static long Default() => Math.Min(MostByDefault, Available / 2);

    /// <summary>What a person should know of a budget, if anything.</summary>
    public static string? CautionOf(long budget) => budget > Available
        ? $"--memory allows {ByteSize.Format(budget)}, and this machine, container or allocation has {ByteSize.Format(Available)}."
        : null;

    /// <summary>.NET knows the machine; a limit of the process's own is looked up, since .NET keeps a quarter of it back.</summary>
    private static long Available { get; } = new MemoryLimit().Find(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
