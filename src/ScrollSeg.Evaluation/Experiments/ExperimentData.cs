namespace ScrollSeg.Evaluation.Experiments;

/// <summary>A volume with its truth.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Volume">Path of the scan.</param>
/// <param name="Truth">Path of labels as large as what is segmented: of the volume, or of its region, or one slice for flat targets.</param>
public sealed record ExperimentData(string Name, string Volume, string Truth)
{
    /// <summary>The part that is segmented, as <c>--region</c> takes it. Default all.</summary>
    public string? Region { get; init; }

    /// <summary>The part of the output that is scored, as <c>--region</c> takes it: what nothing was trained on. Default all.</summary>
    public string? Score { get; init; }

    /// <summary>Label of what is not known. Default none.</summary>
    public long? Ignore { get; init; }
}
