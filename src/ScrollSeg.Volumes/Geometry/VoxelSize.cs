using System.Globalization;

namespace ScrollSeg.Volumes;

/// <summary>Edges of a voxel, in micrometres.</summary>
public readonly record struct VoxelSize(double Z, double Y, double X)
{
    /// <summary>Edges that are believed, in micrometres: from a millionth of an atomic nucleus to the size of a planet. Beyond them
    /// a header is wrong, and the products of a pyramid leave the range of numbers.</summary>
    private const double Least = 1e-15;
    private const double Most = 1e13;

    /// <summary>The edges that a header gives; <see langword="null"/> if no voxel has such.</summary>
    internal static VoxelSize? IfBelievable(double z, double y, double x) =>
        z is >= Least and <= Most && y is >= Least and <= Most && x is >= Least and <= Most ? new VoxelSize(z, y, x) : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Z} x {Y} x {X} um");
}
