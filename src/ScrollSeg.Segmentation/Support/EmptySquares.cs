using System.Numerics.Tensors;
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
            depth.AsSpan().Clear();
            foreach ((int start, int end) in y < height ? RunsOf(plane.Row(y), plane.Type.ByteSize(), zero) : new ZeroRuns(width))
            {
                int from = (emptyLeft && start == 0 ? 0 : start + pad) + pad; // here the first square could end
                int to = emptyRight && end == width ? width + (2 * pad) : end + pad;
                if (from < to)
                {
                    Span<int> run = depth.AsSpan(from..to);
                    TensorPrimitives.Add(above.AsSpan(from..to), 1, run);
                    any |= Cover(run, from, side, squares.Slice(y * width, width));
                }
            }

            (depth, above) = (above, depth);
        }

        return any;
    }

    /// <summary>Marks the columns of the squares that end in a row: those of which enough rows above are empty too.</summary>
    private static bool Cover(ReadOnlySpan<int> depth, int first, int side, Span<bool> covered)
    {
        int pad = side - 1;
        int at = 0;
        while (at < depth.Length)
        {
            int start = depth[at..].IndexOfAnyInRange(side, int.MaxValue);
            if (start < 0)
            {
                break;
            }

            start += at;
            int length = depth[start..].IndexOfAnyExceptInRange(side, int.MaxValue);
            at = length < 0 ? depth.Length : start + length;

            // a square that ends in padded column x covers x - side + 1 .. x
            int from = Math.Max(0, first + start - pad - pad);
            int end = Math.Min(covered.Length, first + at - pad);
            covered[from..end].Fill(true);
        }

        return at > 0;
    }

    /// <summary>Dilation along y: a square that ends in a row covers the rows above it. Each pass doubles how far a mark has
    /// spread.</summary>
    private static void Spread(Span<bool> squares, int width, int side, Span<bool> excluded)
    {
        Span<byte> marks = MemoryMarshal.AsBytes(squares);
        for (int spread = 1; spread < side;)
        {
            int step = Math.Min(spread, side - spread);
            for (int at = 0; at + (step * width) < marks.Length; at += width)
            {
                // downwards: the row that is read is not written yet
                Span<byte> row = marks.Slice(at, width);
                TensorPrimitives.BitwiseOr(row, marks.Slice(at + (step * width), width), row);
            }

            spread += step;
        }

        Span<byte> result = MemoryMarshal.AsBytes(excluded);
        TensorPrimitives.BitwiseOr(result, marks[..result.Length], result);
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
