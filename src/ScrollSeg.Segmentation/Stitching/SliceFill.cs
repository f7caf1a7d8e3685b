namespace ScrollSeg.Segmentation.Stitching;

/// <summary>
/// Fills slices that no group spoke for from the two that lie on either side: a voxel is inside where the signed distances from the
/// borders of both masks, weighed by nearness, say so (G. T. Herman, J. Zheng, C. A. Bucholtz, "Shape-based interpolation", IEEE Computer
/// Graphics and Applications 12(3), 1992). Its probability is that of the two, weighed alike, but on the mask's side of the threshold.
/// </summary>
/// <remarks>Where both agree, their value comes back as it is. An object that only one of the two has ends between them.</remarks>
internal sealed class SliceFill
{
    private readonly int _width;
    private readonly int _firstForeground;
    private readonly byte[] _before;
    private readonly byte[] _after;
    private readonly short[] _beforeBorder;
    private readonly short[] _afterBorder;

    /// <summary>Prepares filling between two slices.</summary>
    /// <param name="before">Grey levels of the slice before the gap, <c>[height, width]</c>, with the reach of distances around what is
    /// filled.</param>
    /// <param name="after">The same of the slice behind it.</param>
    /// <param name="width">Columns.</param>
    /// <param name="firstForeground">The smallest grey level that is inside.</param>
    public SliceFill(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int width, int firstForeground)
    {
        (_width, _firstForeground) = (width, firstForeground);
        (_before, _after) = (before.ToArray(), after.ToArray());
        (_beforeBorder, _afterBorder) = (new short[before.Length], new short[after.Length]);
        BorderDistance.Measure(before, width, firstForeground, _beforeBorder);
        BorderDistance.Measure(after, width, firstForeground, _afterBorder);
    }

    /// <summary>Grey levels between two, weighed by nearness.</summary>
    /// <param name="before">In the slice before.</param>
    /// <param name="after">In the slice behind.</param>
    /// <param name="slice">Slices from the one before to the one that is filled.</param>
    /// <param name="distance">Slices from the one before to the one behind.</param>
    public static byte Between(byte before, byte after, int slice, int distance) =>
        (byte)(((2 * (((distance - slice) * before) + (slice * after))) + distance) / (2 * distance));

    /// <summary>Fills a part of a row.</summary>
    /// <param name="slice">Slices from the one before to the one that is filled.</param>
    /// <param name="distance">Slices from the one before to the one behind.</param>
    /// <param name="row">Number of the row.</param>
    /// <param name="column">First column that is filled.</param>
    /// <param name="levels">Receives the grey levels.</param>
    public void FillRow(int slice, int distance, int row, int column, Span<byte> levels)
    {
        int at = (row * _width) + column;
        for (int x = 0; x < levels.Length; x++)
        {
            byte level = Between(_before[at + x], _after[at + x], slice, distance);
            double border = ((distance - slice) * BorderDistance.ToBorder(_beforeBorder[at + x]))
                + (slice * BorderDistance.ToBorder(_afterBorder[at + x]));
            levels[x] = (byte)(border > 0 ? Math.Max((int)level, _firstForeground) : Math.Min((int)level, _firstForeground - 1));
        }
    }
}
