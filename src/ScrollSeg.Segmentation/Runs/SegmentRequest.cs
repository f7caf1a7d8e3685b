using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>A whole segmentation: from which volume, by which model, to where.</summary>
public sealed record SegmentRequest
{
    /// <summary>Path of the OME-Zarr to make.</summary>
    public required string Output { get; init; }

    /// <summary>Where the run's state goes. Default the output's path with <c>.run</c> in place of its extension.</summary>
    public string? RunFolder { get; init; }

    /// <summary>Where that is.</summary>
    public string RunPath => RunPathOf(Output, RunFolder);

    /// <summary>The command line's arguments that ask for the same: kept with the run, so that another process can be told to go
    /// on with it. Default none.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Name or file of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Device and precision.</summary>
    public ModelSettings ModelSettings { get; init; } = new();

    /// <summary>Everything else.</summary>
    public required SegmentOptions Options { get; init; }

    /// <summary>What finished writes survive. Default full.</summary>
    public Durability Durability { get; init; } = Durability.Full;

    /// <summary>The file system that is written to; a test may hand in one that fails.</summary>
    public FileOperations Files { get; init; } = FileOperations.System;

    /// <summary>Free bytes where a path lies; a test may hand in a disk that is nearly full.</summary>
    public Func<string, long?> FreeBytes { get; init; } = FreeSpace.At;

    /// <summary>Whether the run may hold this process's managed heap to the share that the plan gave it. Default false: only a
    /// program that does nothing else wants that.</summary>
    public bool LimitsHeap { get; init; }

    /// <summary>Which share of the units this process computes. Default all of them.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>Once cancelled, the units in work are completed and no further one is begun.</summary>
    public CancellationToken Drain { get; init; }

    /// <summary>Whether an earlier output is discarded. Default false.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether the input's files may differ from those that the run began with, because what units were set aside for was
    /// repaired. Default false.</summary>
    public bool InputRepaired { get; init; }

    /// <summary>Where a run's state goes.</summary>
    /// <param name="output">The OME-Zarr to make.</param>
    /// <param name="runFolder">The folder asked for, if one is.</param>
    public static string RunPathOf(string output, string? runFolder) => Path.TrimEndingDirectorySeparator(
        Path.GetFullPath(runFolder ?? Path.ChangeExtension(Path.TrimEndingDirectorySeparator(output), ".run")));
}
