using System.Reflection;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What made an output. Only what decides its bytes goes into the store: input, configuration, weights, version; never
/// times, hosts or paths.</summary>
internal static class Provenance
{
    /// <summary>This program's version.</summary>
    public static string Version { get; } =
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>The part that the store carries.</summary>
    public static JsonObject Of(SegmentPlan plan, SegmentOptions options, string model, string fingerprint) => new()
    {
        ["version"] = Version,
        ["model"] = model,
        ["input"] = new JsonObject
        {
            ["fingerprint"] = fingerprint,
            ["format"] = plan.Volume.Format,
            ["shape"] = new JsonArray(plan.Volume.Shape.Z, plan.Volume.Shape.Y, plan.Volume.Shape.X),
            ["dtype"] = plan.Volume.Type.NumpyName(),
            ["level"] = plan.Volume.Level,
            ["voxel_size_micrometres"] =
                plan.Volume.VoxelSize is { } size ? new JsonArray(size.Z, size.Y, size.X) : null,
        },
        ["configuration"] = new JsonObject
        {
            ["strategy"] = plan.Strategy.ToString(),
            ["tile"] = plan.Tile,
            ["overlap"] = options.Overlap,
            ["threshold"] = plan.Threshold,
            ["intensity"] = options.Intensity.ToString(),
            ["intensity_low"] = plan.Intensity.Low,
            ["intensity_high"] = plan.Intensity.High,
            ["support"] = plan.Support.Rule,
            ["region"] = plan.Region.ToString(),
        },
    };

    /// <summary>What <c>run.json</c> adds: where everything lies, and how the work was cut up.</summary>
    public static JsonObject ForRun(JsonObject provenance, SegmentRequest request, SegmentPlan plan) => new()
    {
        ["format"] = 1,
        ["created"] = DateTimeOffset.UtcNow.ToString("O"),
        ["input"] = Path.GetFullPath(plan.Volume.Path),
        ["output"] = Path.GetFullPath(request.Output),
        ["provenance"] = provenance.DeepClone(),
        ["batch"] = plan.Batch,
        ["workers"] = plan.Workers,
        ["memory"] = request.Options.MemoryBudget,
        ["durability"] = request.Durability.ToString().ToLowerInvariant(),
        ["grid"] = new JsonObject
        {
            ["chunk"] = new JsonArray(plan.OutputChunk.Z, plan.OutputChunk.Y, plan.OutputChunk.X),
            ["unit"] = new JsonArray(plan.UnitShape.Z, plan.UnitShape.Y, plan.UnitShape.X),
            ["units"] = plan.Units.Count.VoxelCount,
        },
    };

    /// <summary>What <c>statistics.json</c> holds: the figures, and the histogram's occupied bins.</summary>
    public static JsonObject ForStatistics(VolumeStatistics statistics)
    {
        JsonObject bins = [];
        for (int bin = 0; bin < statistics.Histogram.Counts.Length; bin++)
        {
            if (statistics.Histogram.Counts[bin] > 0)
            {
                bins[$"{bin}"] = statistics.Histogram.Counts[bin];
            }
        }

        return new JsonObject
        {
            ["sampled_share"] = statistics.SampledShare,
            ["absent_voxels"] = statistics.AbsentVoxels,
            ["nan_voxels"] = statistics.NaNVoxels,
            ["empty_border_share"] = statistics.EmptyBorderShare,
            ["zero_is_empty"] = statistics.ZeroIsEmpty,
            ["histogram_first"] = statistics.Histogram.First,
            ["histogram_step"] = statistics.Histogram.Step,
            ["histogram"] = bins,
        };
    }
}
