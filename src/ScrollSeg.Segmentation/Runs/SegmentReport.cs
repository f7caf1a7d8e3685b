using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What came of a run: summed up from its records, whichever processes wrote them.</summary>
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

    /// <summary>Answers, one per slice and column of units.</summary>
    public required long Slices { get; init; }

    /// <summary>Slices that no group spoke for, and that were filled between their neighbours, of all directions.</summary>
    public required long FilledSlices { get; init; }

    /// <summary>Slices that no group spoke for, per column of units; those that were filled later included.</summary>
    public required long EmptySlices { get; init; }

    /// <summary>Tiles that went through the segmenter.</summary>
    public required long Tiles { get; init; }

    /// <summary>How often a batch was halved because a GPU's memory did not suffice.</summary>
    public required long HalvedBatches { get; init; }

    /// <summary>Bytes written into the finest level, encoded.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>Bytes of all that lies in the store, encoded: every level, metadata aside.</summary>
    public required long BytesStored { get; init; }

    /// <summary>What was found in the mask; <see langword="null"/> if it was not asked for.</summary>
    public MergeCounts? Objects { get; init; }

    /// <summary>What the last process took: chunks fetched, seconds per stage, memory planned and occupied.</summary>
    public required JsonObject Cost { get; init; }

    /// <summary>What the run was to take, by the names that <see cref="Cost"/> and this report have for it; empty if nobody noted it.</summary>
    public JsonObject Planned { get; init; } = [];

    /// <summary>Sums up a finished run.</summary>
    public static SegmentReport Of(RunFolder run)
    {
        RunManifest manifest = run.Manifest;
        (UnitCounts Counts, long Bytes)[] directions = [.. run.Segments.Select(stage => SumOf(run, stage.Records))];
        UnitCounts total = directions.Select(direction => direction.Counts).Aggregate((a, b) => a + b);
        (UnitCounts Counts, long Bytes) output = manifest.Combine is null ? directions[0] : SumOf(run, run.Combine);
        (long filled, long _) = manifest.Directions.Select(direction => direction.Answered.CountGaps(manifest.Combine?.MaxGap ?? 0))
            .Aggregate((a, b) => (a.Filled + b.Filled, a.Empty + b.Empty));

        JsonNode configuration = manifest.Provenance["configuration"]!;
        return new SegmentReport
        {
            Output = manifest.Output,
            RunFolder = run.Path,
            Model = manifest.Provenance["model"]!.GetValue<string>(),
            Shape = RunManifest.ToShape(manifest.Shape),
            Intensity = new IntensityRange(
                configuration["intensityLow"]!.GetValue<double>(), configuration["intensityHigh"]!.GetValue<double>()),
            ForegroundVoxels = output.Counts.ForegroundVoxels,
            ExcludedVoxels = directions.Max(direction => direction.Counts.ExcludedVoxels),
            Slices = total.Slices,
            EmptySlices = total.EmptySlices,
            Tiles = total.Tiles,
            FilledSlices = filled,
            BytesWritten = output.Bytes,
            BytesStored = output.Bytes + BytesOf(run.Link) + BytesOf(run.Pyramid),
            HalvedBatches = total.HalvedBatches,
            Objects = run.ReadObjects(),
            Cost = run.ReadReport() ?? [],
            Planned = run.ReadPlan() ?? [],
        };
    }

    private static (UnitCounts Counts, long Bytes) SumOf(RunFolder run, StageFolder records)
    {
        UnitCounts total = new(0, 0, 0, 0, 0, 0);
        long bytes = 0;
        foreach (UnitRecord record in records.ReadRecords())
        {
            total += record.Counts ?? throw new VolumeFormatException(run.Path, $"the record of unit {record.Unit} has no counts.");
            bytes += record.Objects.Sum(o => o.Bytes);
        }

        return (total, bytes);
    }

    private static long BytesOf(StageFolder stage) => stage.ReadRecords().Sum(record => record.Objects.Sum(o => o.Bytes));

    /// <summary>The same as JSON.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["output"] = Output,
            ["run"] = RunFolder,
            ["model"] = Model,
            ["shape"] = new JsonArray(Shape.Z, Shape.Y, Shape.X),
            ["foregroundVoxels"] = ForegroundVoxels,
            ["foregroundShare"] = (double)ForegroundVoxels / Shape.VoxelCount,
            ["excludedVoxels"] = ExcludedVoxels,
            ["slices"] = Slices,
            ["emptySlices"] = EmptySlices,
            ["filledSlices"] = FilledSlices,
            ["tiles"] = Tiles,
            ["bytesWritten"] = BytesWritten,
            ["bytesStored"] = BytesStored,
            ["halvedBatches"] = HalvedBatches,
        };
        if (Objects is not null)
        {
            json["objects"] = Objects.Taken;
            json["objectVoxels"] = Objects.Voxels;
        }

        if (Planned.Count > 0)
        {
            json["planned"] = Planned.DeepClone();
        }

        foreach ((string key, JsonNode? value) in Cost)
        {
            json[key] = value?.DeepClone();
        }

        return json;
    }
}
