using System.Reflection;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
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
    public static JsonObject Of(RunPlan plan, VolumeInfo volume, SegmentOptions options, string model, string fingerprint)
    {
        JsonObject provenance = OfSegment(plan, volume, options, model, fingerprint);
        if (options.Post is not null)
        {
            provenance["configuration"]!["post"] = options.Post.ToString();
        }

        return provenance;
    }

    private static JsonObject OfSegment(RunPlan run, VolumeInfo volume, SegmentOptions options, string model, string fingerprint)
    {
        SegmentPlan plan = run.First;
        bool fuses = run.Directions.Count > 1 || run.Directions.Any(direction => direction.Strategy.Count > 1);
        return new JsonObject
        {
            ["version"] = Version,
            ["model"] = model,
            ["input"] = new JsonObject
            {
                ["fingerprint"] = fingerprint,
                ["format"] = volume.Format,
                ["shape"] = new JsonArray(volume.Shape.Z, volume.Shape.Y, volume.Shape.X),
                ["dtype"] = volume.Type.NumpyName(),
                ["level"] = volume.Level,
                ["voxelSizeMicrometres"] =
                    volume.VoxelSize is { } size ? new JsonArray(size.Z, size.Y, size.X) : null,
            },
            ["configuration"] = new JsonObject
            {
                ["strategy"] = string.Join("; ", run.Directions.Select(direction => direction.Strategy.ToString()).Distinct()),
                ["fusion"] = fuses ? plan.Fusion.ToString().ToLowerInvariant() : null,
                ["axis"] = run.Directions.Count > 1 ? "all" : plan.Frame.Name,
                ["adapter"] = plan.Adapter,
                ["maxGap"] = options.MaxGap > 0 ? options.MaxGap : null,
                ["tta"] = plan.Poses == TilePoses.None ? null : plan.Poses.ToString().ToLowerInvariant(),
                ["prompts"] = plan.Prompts,
                ["statistics"] = options.Statistics.Mode.ToString().ToLowerInvariant(),
                ["seed"] = options.Statistics.Seed,
                ["tile"] = plan.Tile,
                ["overlap"] = options.Overlap,
                ["threshold"] = plan.Threshold,
                ["intensity"] = options.Intensity.ToString(),
                ["intensityLow"] = plan.Intensity.Low,
                ["intensityHigh"] = plan.Intensity.High,
                ["support"] = plan.Support.Rule,
                ["region"] = run.Region.ToString(),
            },
        };
    }
}
