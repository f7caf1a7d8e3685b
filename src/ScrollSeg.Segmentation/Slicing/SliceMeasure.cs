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
public readonly record struct SliceFigures(double Mean, double Spread, double Entropy, double Sharpness, double Support)
{
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
