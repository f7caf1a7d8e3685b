using System.Runtime.InteropServices;
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

    /// <summary>Erosion: marks each row in which a square ends, over the columns that the square covers. Goes from one run of zeros to
    /// the next: most rows of a scan have none that is long enough.</summary>
    private static bool FindSquares(in SlicePlane plane, Shape3 volume, int side, Span<bool> squares)
    {
        (int height, int width, int pad) = (plane.Height, plane.Width, side - 1);
        bool bottom = plane.Box.End.Y == volume.Y;
        bool emptyLeft = plane.Box.Start.X == 0;
        bool emptyRight = plane.Box.End.X == volume.X;

        // columns are counted from side - 1 left of the part on: a square may begin there, and end as far right of it
        int[] depth = new int[width + (2 * pad)]; // rows up to this one in which a run of zeros as long as the side ends here
        int[] above = new int[depth.Length];
        above.AsSpan().Fill(plane.Box.Start.Y == 0 ? pad : 0);
        bool[] zero = new bool[width];
        bool any = false;
        for (int y = 0; y < height + (bottom ? pad : 0); y++)
        {
            Span<bool> covered = squares.Slice(y * width, width);
            depth.AsSpan().Clear();
            int marked = 0; // columns left of this one are marked already
            foreach ((int start, int end) in y < height ? RunsOf(plane.Row(y), plane.Type.ByteSize(), zero) : new ZeroRuns(width))
            {
                int from = emptyLeft && start == 0 ? 0 : start + pad;
                int to = emptyRight && end == width ? width + (2 * pad) : end + pad;
                for (int x = from + pad; x < to; x++)
                {
                    depth[x] = above[x] + 1;
                    if (depth[x] >= side)
                    {
                        // the square covers padded columns x - side + 1 .. x
                        int first = Math.Max(x - pad - pad, marked);
                        int last = Math.Min(x - pad + 1, width);
                        if (first < last)
                        {
                            covered[first..last].Fill(true);
                            marked = last;
                            any = true;
                        }
                    }
                }
            }

            (depth, above) = (above, depth);
        }

        return any;
    }

    /// <summary>Dilation along y: a square that ends in a row covers the rows above it.</summary>
    private static void Spread(ReadOnlySpan<bool> squares, int width, int side, Span<bool> excluded)
    {
        int[] left = new int[width]; // rows, this one included, that a square found below still covers
        int height = excluded.Length / width;
        int rows = 0; // that some square still covers
        for (int y = (squares.Length / width) - 1; y >= 0; y--)
        {
            ReadOnlySpan<bool> row = squares.Slice(y * width, width);
            rows = row.Contains(true) ? side : rows - 1;
            if (rows <= 0)
            {
                left.AsSpan().Clear();
                continue;
            }

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

    private static ZeroRuns RunsOf(ReadOnlySpan<byte> row, int bytes, bool[] zero)
    {
        if (bytes == sizeof(byte))
        {
            return new ZeroRuns(row);
        }

        if (bytes == sizeof(ushort))
        {
            return new ZeroRuns(MemoryMarshal.Cast<byte, ushort>(row));
        }

        // bytes that are 0 where the voxel is
        for (int x = 0; x < zero.Length; x++)
        {
            zero[x] = row.Slice(x * bytes, bytes).ContainsAnyExcept((byte)0);
        }

        return new ZeroRuns(MemoryMarshal.AsBytes(zero.AsSpan()));
    }

    /// <summary>Enumerates the runs of zeros of a row as half-open ranges.</summary>
    private ref struct ZeroRuns
    {
        private readonly ReadOnlySpan<byte> _narrow;
        private readonly ReadOnlySpan<ushort> _wide;
        private readonly int _width;
        private readonly bool _all;
        private int _at;

        public ZeroRuns(ReadOnlySpan<byte> row)
        {
            _narrow = row;
            _width = row.Length;
        }

        public ZeroRuns(ReadOnlySpan<ushort> row)
        {
            _wide = row;
            _width = row.Length;
        }

        /// <summary>A row of nothing but zeros.</summary>
        public ZeroRuns(int width) => (_width, _all) = (width, true);

        public (int Start, int End) Current { get; private set; }

        public readonly ZeroRuns GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_at >= _width)
            {
                return false;
            }

            int start = _all ? 0 : _wide.IsEmpty ? _narrow[_at..].IndexOf((byte)0) : _wide[_at..].IndexOf((ushort)0);
            if (start < 0)
            {
                return false;
            }

            start += _at;
            int length = _all ? _width
                : _wide.IsEmpty ? _narrow[start..].IndexOfAnyExcept((byte)0)
                : _wide[start..].IndexOfAnyExcept((ushort)0);
            int end = length < 0 ? _width : start + length;
            Current = (start, end);
            _at = end;
            return true;
        }
    }
}
