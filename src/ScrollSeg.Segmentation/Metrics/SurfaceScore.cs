using ScrollSeg.Segmentation.Metrics.Objects;
using ScrollSeg.Segmentation.Metrics.Surfaces;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>The score of the 2025-26 surface contest: 0.30 topology, 0.35 surface Dice at 2 voxels, 0.35 variation of information.
/// </summary>
/// <remarks>This one defines what happens where nothing is foreground: two empty masks agree, an empty and another do not.</remarks>
public static class SurfaceScore
{
    /// <summary>Voxels that surfaces may lie apart.</summary>
    public const double Tolerance = 2;

    private const double TopologyWeight = 0.30;
    private const double SurfaceWeight = 0.35;
    private const double ObjectWeight = 0.35;
    private const double Alpha = 0.3; // the contest's; the function that it calls has another default

    /// <summary>The surface term.</summary>
    public static double SurfaceDice(SurfaceAgreement surfaces) => (surfaces.Prediction.Area > 0, surfaces.Truth.Area > 0) switch
    {
        (false, false) => 1,
        (true, true) => surfaces.SurfaceDice(Tolerance)!.Value,
        _ => 0,
    };

    /// <summary>The term of the objects, from 26-connected components.</summary>
    public static double Objects(VariationOfInformation? information) => 1 / (1 + (Alpha * (information?.Sum ?? 0)));

    /// <summary>The score of its terms.</summary>
    public static double Of(double topology, double surfaceDice, double objects) =>
        (TopologyWeight * topology) + (SurfaceWeight * surfaceDice) + (ObjectWeight * objects);
}
