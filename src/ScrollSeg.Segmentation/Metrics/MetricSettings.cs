using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>What is measured, and on what.</summary>
public sealed record MetricSettings
{
    /// <summary>Names from <see cref="MetricNames"/>. Default <see cref="MetricNames.Default"/>.</summary>
    public IReadOnlyList<string> Metrics
    {
        get;
        init => field = MetricNames.Check(value);
    } = MetricNames.Default;

    /// <summary>The part that counts; what is outside is background. Default all.</summary>
    public Box3? Region { get; init; }

    /// <summary>Value of the truth that says a voxel is not known. Default none. The overlap metrics leave such voxels out; for all
    /// others they are background in both volumes, as the surface contest has it.</summary>
    public long? Ignore { get; init; }

    /// <summary>Values from which on the prediction is foreground. Default: its values are 0, 1 or 255, and 0 is background.</summary>
    public double? Threshold { get; init; }

    /// <summary>The values that the truth may have beside <see cref="Ignore"/>; 0 is background, the others foreground. Default 0, 1
    /// and 255; with <see cref="ObjectSource.Labels"/> any.</summary>
    public IReadOnlyList<long>? TruthValues { get; init; }

    /// <summary>What is an object. Default <see cref="ObjectSource.Components"/>.</summary>
    public ObjectSource Objects { get; init; }

    /// <summary>How far surfaces may lie from one another and still agree, in units of <see cref="Spacing"/>. Default 2.</summary>
    public double Tolerance
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Tolerance), value, "A tolerance is 0 or more.");
    } = 2;

    /// <summary>Edges of a voxel, which distances and areas are counted in. Default 1: distances are in voxels.</summary>
    public VoxelSize Spacing
    {
        get;
        init => field = value is { Z: > 0, Y: > 0, X: > 0 } && double.IsFinite(value.Z * value.Y * value.X)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Spacing), value, "The edges of a voxel are above 0.");
    } = new(1, 1, 1);

    /// <summary>Bytes that the work may take. Less of it reads parts of the volumes more than once, and leaves out what needs a whole
    /// volume at once. Default 4 GiB.</summary>
    public long MemoryBudget
    {
        get;
        init => field = value >= 64 << 20
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MemoryBudget), value, "Metrics need at least 64 MiB.");
    } = 4L << 30;
}
