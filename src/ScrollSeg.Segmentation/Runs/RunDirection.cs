using System.Text.Json.Serialization;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What <c>run.json</c> says of one direction in which a run cuts its volume into slices.</summary>
public sealed record RunDirection
{
    /// <summary>The slices' normal: z, y or x.</summary>
    public required string Axis { get; init; }

    /// <summary>Extent of a unit: slices, rows, columns.</summary>
    public required int[] Unit { get; init; }

    /// <summary>How many targets a time limit left; <see langword="null"/> without one. Measured once: who goes on with the run keeps
    /// it.</summary>
    public int? Targets { get; init; }

    /// <summary>Which slices of the output a group speaks for.</summary>
    public required SliceSet Answered { get; init; }

    /// <summary>How the volume is turned.</summary>
    [JsonIgnore]
    internal SliceFrame Frame => FrameOf(Axis);

    /// <summary>Describes a direction of a plan.</summary>
    public static RunDirection Of(SegmentPlan plan, int? targets) => new()
    {
        Axis = plan.Frame.Name,
        Unit = RunManifest.ToArray(plan.UnitShape),
        Targets = targets,
        Answered = SliceSet.AnsweredBy(plan),
    };

    /// <summary>The frame that an axis's name stands for.</summary>
    private static SliceFrame FrameOf(string name) => new(Enum.Parse<Axis>(name, ignoreCase: true));
}
