using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>What was computed of a unit. Stays with whoever made it.</summary>
/// <param name="Probability">Probabilities as grey levels, 0 to 255.</param>
/// <param name="Uncertainty">Spread of the groups as grey levels, see <see cref="Stitching.GroupSpread"/>; <see langword="null"/> if
/// nobody wants it.</param>
public readonly record struct UnitOutput(VoxelBuffer Probability, VoxelBuffer? Uncertainty = null);
