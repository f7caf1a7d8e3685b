namespace ScrollSeg.Segmentation.Slicing;

/// <summary>A figure by which slices are ranked.</summary>
public enum SliceMeasure
{
    /// <summary>Mean grey value where there is data.</summary>
    Mean,

    /// <summary>Standard deviation of the grey values where there is data.</summary>
    Spread,

    /// <summary>Entropy of the grey values in 256 bins, in bits.</summary>
    Entropy,

    /// <summary>Mean square of the differences between neighbours along x, in grey values squared.</summary>
    Sharpness,

    /// <summary>Share of the voxels that have data.</summary>
    Support,
}

/// <summary>What one streaming pass found about a slice.</summary>
/// <param name="Mean">Mean grey value where there is data.</param>
/// <param name="Spread">Standard deviation.</param>
/// <param name="Entropy">In bits.</param>
/// <param name="Sharpness">Mean square of the differences between neighbours.</param>
/// <param name="Support">Share of the voxels that have data.</param>
public readonly record struct SliceFigures(double Mean, double Spread, double Entropy, double Sharpness, double Support)
{
    /// <summary>The grey value of a low percentile.</summary>
    public double Low { get; init; }

    /// <summary>The grey value of a high percentile.</summary>
    public double High { get; init; }

    /// <summary>One of the figures.</summary>
    public double Of(SliceMeasure measure) => measure switch
    {
        SliceMeasure.Mean => Mean,
        SliceMeasure.Spread => Spread,
        SliceMeasure.Entropy => Entropy,
        SliceMeasure.Sharpness => Sharpness,
        SliceMeasure.Support => Support,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "No such figure."),
    };
}
