using ScrollSeg.Volumes;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>Objects of a mask that is there already: of which, what, to where.</summary>
public sealed record LinkRequest
{
    /// <summary>Path of the OME-Zarr to make.</summary>
    public required string Output { get; init; }

    /// <summary>Where the state goes, in full.</summary>
    public required string RunPath { get; init; }

    /// <summary>What is made of the mask.</summary>
    public LinkOptions Options { get; init; } = LinkOptions.Default;

    /// <summary>For a probability of 8 bits, from where on a voxel is in. Default <see langword="null"/>: whatever is not 0 is.</summary>
    public double? Threshold
    {
        get;
        init => field = value is null or (> 0 and <= 1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Threshold), value, "The threshold lies above 0 and at most at 1.");
    }

    /// <summary>Bytes that the process may occupy; objects, some 60 bytes each, come on top.</summary>
    public required long MemoryBudget { get; init; }

    /// <summary>Threads. Default the number of cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>What finished writes survive. Default full.</summary>
    public Durability Durability { get; init; } = Durability.Full;

    /// <summary>Whether an earlier output is discarded. Default false.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Which share of the units this process does. Default all of them.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>Version of Zarr that the output is written in, 2 or 3. Default 2.</summary>
    public int ZarrFormat { get; init; } = 2;

    /// <summary>How the mask is read.</summary>
    public ReaderOptions Reading { get; init; } = new();

    /// <summary>Once cancelled, the units in work are completed and no further one is begun.</summary>
    public CancellationToken Drain { get; init; }
}
