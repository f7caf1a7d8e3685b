using System.Globalization;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Support;

/// <summary>Voxels of one grey value, and those of absent chunks, are no support: <c>--support equals:V</c>.</summary>
public sealed class ValueGate(double value) : SupportGate
{
    /// <inheritdoc/>
    public override string Rule { get; } = string.Create(CultureInfo.InvariantCulture, $"equals:{value}");

    /// <inheritdoc/>
    public override int Reach => 0;

    /// <inheritdoc/>
    public override bool Exclude(in SlicePlane plane, Span<bool> excluded)
    {
        excluded.Clear();
        bool any = false;
        double[] row = new double[plane.Width];
        for (int y = 0; y < plane.Height; y++)
        {
            VoxelConversion.ToDouble(plane.Row(y), plane.Type, row);
            for (int x = 0; x < row.Length; x++)
            {
                bool isValue = row[x].Equals(value); // Equals: NaN is NaN
                excluded[(y * plane.Width) + x] = isValue;
                any |= isValue;
            }
        }

        return plane.MarkAbsent(excluded) || any;
    }
}
