using System.Text.Json.Nodes;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What came of a run.</summary>
public sealed record SegmentReport
{
    /// <summary>The finished OME-Zarr.</summary>
    public required string Output { get; init; }

    /// <summary>The run's state.</summary>
    public required string RunFolder { get; init; }

    /// <summary>What made the masks.</summary>
    public required string Model { get; init; }

    /// <summary>Extent of the output in voxels.</summary>
    public required Shape3 Shape { get; init; }

    /// <summary>The grey values that the network saw as black and as white.</summary>
    public required IntensityRange Intensity { get; init; }

    /// <summary>Voxels of the mask.</summary>
    public required long ForegroundVoxels { get; init; }

    /// <summary>Voxels that are background because the scan has no data there.</summary>
    public required long ExcludedVoxels { get; init; }

    /// <summary>Slices that got an answer.</summary>
    public required long Slices { get; init; }

    /// <summary>Slices that no group spoke for, and that were left empty.</summary>
    public required long EmptySlices { get; init; }

    /// <summary>Tiles that went through the segmenter.</summary>
    public required long Tiles { get; init; }

    /// <summary>Chunks of the input fetched in the segment stage, and how many the input has there.</summary>
    public required (long Fetched, long Present) InputChunks { get; init; }

    /// <summary>Bytes written into the finest level, encoded.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>Seconds per stage, in order.</summary>
    public required IReadOnlyList<(string Stage, double Seconds)> Timings { get; init; }

    /// <summary>Bytes planned for, and the most that the process occupied.</summary>
    public required (long Planned, long Actual) PeakBytes { get; init; }

    /// <summary>The same as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["output"] = Output,
        ["run"] = RunFolder,
        ["model"] = Model,
        ["shape"] = new JsonArray(Shape.Z, Shape.Y, Shape.X),
        ["foreground_voxels"] = ForegroundVoxels,
        ["foreground_share"] = (double)ForegroundVoxels / Shape.VoxelCount,
        ["excluded_voxels"] = ExcludedVoxels,
        ["slices"] = Slices,
        ["empty_slices"] = EmptySlices,
        ["tiles"] = Tiles,
        ["input_chunks_fetched"] = InputChunks.Fetched,
        ["input_chunks"] = InputChunks.Present,
        ["bytes_written"] = BytesWritten,
        ["seconds"] = new JsonObject([.. Timings.Select(t => KeyValuePair.Create(t.Stage, (JsonNode?)Math.Round(t.Seconds, 3)))]),
        ["peak_bytes_planned"] = PeakBytes.Planned,
        ["peak_bytes"] = PeakBytes.Actual,
    };
}
