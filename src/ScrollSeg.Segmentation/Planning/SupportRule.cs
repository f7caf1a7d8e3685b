using System.Globalization;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Segmentation.Support;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>How a user says where the scan has data.</summary>
public sealed record SupportRule
{
    private readonly double? _value;
    private readonly bool _automatic;

    private SupportRule(bool automatic, double? value) => (_automatic, _value) = (automatic, value);

    /// <summary>Absent chunks, NaN, and in masked volumes large empty regions.</summary>
    public static SupportRule Automatic { get; } = new(automatic: true, null);

    /// <summary>Every voxel is support.</summary>
    public static SupportRule None { get; } = new(automatic: false, null);

    /// <summary>Voxels of one grey value are none.</summary>
    public static SupportRule NotEqualTo(double value) => new(automatic: false, value);

    /// <summary>The gate that the rule means for a volume.</summary>
    public SupportGate GateFor(VolumeStatistics statistics, Shape3 volume) =>
        _automatic ? new AutomaticGate(statistics.ZeroIsEmpty, volume)
        : _value is double value ? new ValueGate(value)
        : SupportGate.None;

    /// <inheritdoc/>
    public override string ToString() =>
        _automatic ? "auto" : _value is double value ? string.Create(CultureInfo.InvariantCulture, $"equals:{value}") : "none";
}
