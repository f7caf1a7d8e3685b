using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Support;

/// <summary>
/// Finds the zeros of a slice that belong to a square of zeros: their morphological opening by the square. It has a
/// finite reach, so that any part of a volume gives the same answer as the whole.
/// </summary>
/// <remarks>Beyond the volume's edge everything counts as empty, so that a thin empty rim is found too; beyond the edge
/// of a part nothing does.</remarks>
internal static class EmptySquares
{
    /// <summary>Sets <paramref name="excluded"/> where a voxel lies in a square of zeros.</summary>
    /// <param name="plane">A part of a slice.</param>
    /// <param name="volume">Extent of the volume, to know which borders of the part are its own.</param>
    /// <param name="side">Voxels along the square's side.</param>
    /// <param name="excluded">Marks, <c>[Height, Width]</c>; others are left as they are.</param>
    /// <returns>Whether any voxel was marked.</returns>
    public static bool Mark(in SlicePlane plane, Shape3 volume, int side, Span<bool> excluded)
    {
        int rows = plane.Height + side - 1; // a square may end beyond the last row

        // not from the array pool: that rounds up to a power of two and keeps an array per thread, neither of which is planned for
        using VoxelBuffer ends = VoxelBuffer.Rent(new Shape3(1, rows, plane.Width), VoxelType.Bool);
        Span<bool> squares = ends.Voxels<bool>();
        squares.Clear();
        if (!FindSquares(plane, volume, side, squares))
        {
            return false;
        }

        Spread(squares, plane.Width, side, excluded);
        return true;
    }

    /// <summary>Erosion: marks each row in which a square ends, over the columns that the square covers.</summary>
    private static bool FindSquares(in SlicePlane plane, Shape3 volume, int side, Span<bool> squares)
    {
        (int height, int width, int pad) = (plane.Height, plane.Width, side - 1);
        bool bottom = plane.Box.End.Y == volume.Y;
        bool[] zero = new bool[width + (2 * pad)];
        int[] depth = new int[zero.Length]; // rows up to this one in which a run of zeros as long as the side ends here
        zero.AsSpan(0, pad).Fill(plane.Box.Start.X == 0);
        zero.AsSpan(pad + width).Fill(plane.Box.End.X == volume.X);
        depth.AsSpan().Fill(plane.Box.Start.Y == 0 ? pad : 0);

        bool any = false;
        for (int y = 0; y < height + (bottom ? pad : 0); y++)
        {
            if (y < height)
            {
                MarkZeros(plane.Row(y), plane.Type.ByteSize(), zero.AsSpan(pad, width));
            }
            else
            {
                zero.AsSpan(pad, width).Fill(true);
            }

            any |= MarkRow(zero, depth, side, squares.Slice(y * width, width));
        }

        return any;
    }

    private static bool MarkRow(ReadOnlySpan<bool> zero, Span<int> depth, int side, Span<bool> covered)
    {
        bool any = false;
        int run = 0;
        int pad = side - 1;
        int marked = 0; // columns left of this one are marked already
        for (int x = 0; x < zero.Length; x++)
        {
            run = zero[x] ? run + 1 : 0;
            depth[x] = run >= side ? depth[x] + 1 : 0;
            if (depth[x] >= side)
            {
                // the square covers padded columns x - side + 1 .. x
                int from = Math.Max(x - pad - pad, marked);
                int end = Math.Min(x - pad + 1, covered.Length);
                if (from < end)
                {
                    covered[from..end].Fill(true);
                    marked = end;
                    any = true;
                }
            }
        }

        return any;
    }

    /// <summary>Dilation along y: a square that ends in a row covers the rows above it.</summary>
    private static void Spread(ReadOnlySpan<bool> squares, int width, int side, Span<bool> excluded)
    {
        int[] left = new int[width]; // rows, this one included, that a square found below still covers
        int height = excluded.Length / width;
        for (int y = (squares.Length / width) - 1; y >= 0; y--)
        {
            ReadOnlySpan<bool> row = squares.Slice(y * width, width);
            for (int x = 0; x < width; x++)
            {
                left[x] = row[x] ? side : left[x] - 1;
                if (left[x] > 0 && y < height)
                {
                    excluded[(y * width) + x] = true;
                }
            }
        }
    }

    private static void MarkZeros(ReadOnlySpan<byte> row, int bytes, Span<bool> zero)
    {
        if (bytes == 1)
        {
            for (int x = 0; x < zero.Length; x++)
            {
                zero[x] = row[x] == 0;
            }

            return;
        }

        for (int x = 0; x < zero.Length; x++)
        {
            zero[x] = row.Slice(x * bytes, bytes).IndexOfAnyExcept((byte)0) < 0;
        }
    }
}
