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
    public static JsonObject Of(SegmentPlan plan, SegmentOptions options, string model, string fingerprint)
    {
        JsonObject provenance = OfSegment(plan, options, model, fingerprint);
        if (options.Post is not null)
        {
            provenance["configuration"]!["post"] = options.Post.ToString();
        }

        return provenance;
    }

    private static JsonObject OfSegment(SegmentPlan plan, SegmentOptions options, string model, string fingerprint) => new()
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
            ["voxelSizeMicrometres"] =
                plan.Volume.VoxelSize is { } size ? new JsonArray(size.Z, size.Y, size.X) : null,
        },
        ["configuration"] = new JsonObject
        {
            ["strategy"] = plan.Strategy.ToString(),
            ["fusion"] = plan.Strategy.Count > 1 ? plan.Fusion.ToString().ToLowerInvariant() : null,
            ["axis"] = "z",
            ["adapter"] = plan.Adapter,
            ["tta"] = plan.Poses == TilePoses.None ? null : plan.Poses.ToString().ToLowerInvariant(),
            ["prompts"] = "none",
            ["statistics"] = options.Statistics.Mode.ToString().ToLowerInvariant(),
            ["seed"] = options.Statistics.Seed,
            ["tile"] = plan.Tile,
            ["overlap"] = options.Overlap,
            ["threshold"] = plan.Threshold,
            ["intensity"] = options.Intensity.ToString(),
            ["intensityLow"] = plan.Intensity.Low,
            ["intensityHigh"] = plan.Intensity.High,
            ["support"] = plan.Support.Rule,
            ["region"] = plan.Region.ToString(),
        },
    };
}
