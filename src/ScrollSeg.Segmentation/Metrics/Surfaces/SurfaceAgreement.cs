namespace ScrollSeg.Segmentation.Metrics.Surfaces;

/// <summary>Distances between the surfaces of a prediction and of the truth, in both directions.</summary>
/// <param name="Prediction">From the prediction's surface to the truth's.</param>
/// <param name="Truth">From the truth's surface to the prediction's.</param>
/// <param name="Reach">How far was looked.</param>
public sealed record SurfaceAgreement(SurfaceTally Prediction, SurfaceTally Truth, double Reach)
{
    /// <summary>Whether a mask has no surface: nothing of it is foreground.</summary>
    public bool IsOneEmpty => Prediction.Area == 0 || Truth.Area == 0;

    /// <summary>Share of both surfaces that lies within a distance of the other (Nikolov et al. 2018); <see langword="null"/> if
    /// neither has a surface.</summary>
    public double? SurfaceDice(double tolerance) => Prediction.Area + Truth.Area > 0
        ? (Prediction.AreaWithin(tolerance) + Truth.AreaWithin(tolerance)) / (Prediction.Area + Truth.Area)
        : null;

    /// <summary>Harmonic mean of the shares of each surface that lie within a distance of the other (Csurka et al. 2013);
    /// <see langword="null"/> if one of them has no surface.</summary>
    public double? F1(double tolerance)
    {
        if (IsOneEmpty)
        {
            return null;
        }

        double precision = Prediction.AreaWithin(tolerance) / Prediction.Area;
        double recall = Truth.AreaWithin(tolerance) / Truth.Area;
        return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    }

    /// <summary>The larger of the distances that a share of each surface lies within; <see langword="null"/> if it is farther than
    /// was looked, or if one of them has no surface.</summary>
    public double? Hausdorff(double share) =>
        Prediction.DistanceOf(share) is double there && Truth.DistanceOf(share) is double back ? Math.Max(there, back) : null;
}
