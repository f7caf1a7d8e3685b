using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Support;

/// <summary>
/// No support: absent chunks; NaN; and, in masked volumes (see <see cref="Statistics.VolumeStatistics.ZeroIsEmpty"/>), zeros
/// that fill a square of <see cref="SupportGate.EmptySquare"/> voxels.
/// </summary>
public sealed class AutomaticGate(bool zeroIsEmpty, Shape3 volume) : SupportGate
{
    /// <inheritdoc/>
    public override string Rule => "auto";

    /// <inheritdoc/>
    public override int Reach => zeroIsEmpty ? EmptySquare - 1 : 0;

    /// <inheritdoc/>
    public override bool Exclude(in SlicePlane plane, Span<bool> excluded)
    {
        excluded.Clear();
        bool any = zeroIsEmpty && EmptySquares.Mark(plane, volume, EmptySquare, excluded);
        if (plane.Type.IsFloat())
        {
            any |= MarkNaN(plane, excluded);
        }

        return plane.MarkAbsent(excluded) || any;
    }

    private static bool MarkNaN(in SlicePlane plane, Span<bool> excluded)
    {
        bool any = false;
        double[] row = new double[plane.Width];
        for (int y = 0; y < plane.Height; y++)
        {
            VoxelConversion.ToDouble(plane.Row(y), plane.Type, row);
            for (int x = 0; x < row.Length; x++)
            {
                if (double.IsNaN(row[x]))
                {
                    excluded[(y * plane.Width) + x] = true;
                    any = true;
                }
            }
        }

        return any;
    }
}
