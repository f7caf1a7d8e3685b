using System.CommandLine;

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

    /// <summary>The budget when none is given; .NET knows the container's limit.</summary>
    public static long Default() => Math.Min(MostByDefault, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
}
