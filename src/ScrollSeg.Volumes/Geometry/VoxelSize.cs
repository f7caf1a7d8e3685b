using System.Globalization;

namespace ScrollSeg.Volumes;

/// <summary>Edges of a voxel, in micrometres.</summary>
public readonly record struct VoxelSize(double Z, double Y, double X)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Z} x {Y} x {X} um");
}
