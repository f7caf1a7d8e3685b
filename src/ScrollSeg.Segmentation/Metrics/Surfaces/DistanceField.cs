using System.Numerics;
using System.Runtime.InteropServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Surfaces;

/// <summary>Squared distance of every cell of a block to the nearest surface cell, as far as a reach along each axis; farther
/// is infinite. Exact within the reach: minima along x, then y, then z.</summary>
internal sealed class DistanceField
{
    private float[] _squares = [];
    private float[] _scratch = [];
    private bool[] _hasAny = []; // by row: a finite distance
    private bool[] _hadAny = [];

    /// <summary>The squared distances, row-major.</summary>
    public ReadOnlySpan<float> Squares => _squares;

    /// <summary>Computes them.</summary>
    /// <param name="shape">Cells.</param>
    /// <param name="codes">Not 0 for cells of the surface.</param>
    /// <param name="spacing">Edges of a cell.</param>
    /// <param name="reach">Cells to look at along each axis.</param>
    public void Compute(Shape3 shape, ReadOnlySpan<byte> codes, VoxelSize spacing, Shape3 reach)
    {
        int rows = shape.Z * shape.Y;
        int cells = rows * shape.X;
        if (_squares.Length < cells)
        {
            _squares = new float[cells];
            _scratch = new float[Math.Max(shape.Y, shape.Z) * shape.X];
        }

        if (_scratch.Length < Math.Max(shape.Y, shape.Z) * shape.X)
        {
            _scratch = new float[Math.Max(shape.Y, shape.Z) * shape.X];
        }

        (_hasAny, _hadAny) = (new bool[rows], new bool[rows]);
        for (int row = 0; row < rows; row++)
        {
            _hasAny[row] = AlongRow(codes.Slice(row * shape.X, shape.X), _squares.AsSpan(row * shape.X, shape.X), (float)spacing.X, reach.X);
        }

        for (int z = 0; z < shape.Z; z++)
        {
            Across(first: z * shape.Y, step: 1, shape.Y, shape.X, (float)spacing.Y, reach.Y);
        }

        for (int y = 0; y < shape.Y; y++)
        {
            Across(first: y, step: shape.Y, shape.Z, shape.X, (float)spacing.Z, reach.Z);
        }
    }

    private static bool AlongRow(ReadOnlySpan<byte> codes, Span<float> squares, float edge, int reach)
    {
        squares.Fill(float.PositiveInfinity);
        int last = codes.IndexOfAnyExcept((byte)0);
        if (last < 0)
        {
            return false;
        }

        for (int x = Math.Max(0, last - reach); x < squares.Length; x++)
        {
            last = codes[x] != 0 ? x : last;
            int steps = Math.Abs(x - last);
            squares[x] = steps <= reach ? edge * steps * (edge * steps) : float.PositiveInfinity;
        }

        int next = int.MaxValue;
        for (int x = squares.Length - 1; x >= 0; x--)
        {
            next = codes[x] != 0 ? x : next;
            if (next - x <= reach)
            {
                squares[x] = Math.Min(squares[x], edge * (next - x) * (edge * (next - x)));
            }
        }

        return true;
    }

    /// <summary>Minima over rows that follow one another by a step.</summary>
    private void Across(int first, int step, int count, int width, float edge, int reach)
    {
        for (int i = 0; i < count; i++)
        {
            int row = first + (i * step);
            _hadAny[row] = _hasAny[row];
            if (_hadAny[row])
            {
                _squares.AsSpan(row * width, width).CopyTo(_scratch.AsSpan(i * width, width));
            }
        }

        for (int i = 0; i < count; i++)
        {
            int row = first + (i * step);
            Span<float> target = _squares.AsSpan(row * width, width);
            for (int other = Math.Max(0, i - reach); other <= Math.Min(count - 1, i + reach); other++)
            {
                if (other == i || !_hadAny[first + (other * step)])
                {
                    continue;
                }

                _hasAny[row] = true;
                float distance = edge * (other - i);
                TakeLess(target, _scratch.AsSpan(other * width, width), distance * distance);
            }
        }
    }

    private static void TakeLess(Span<float> target, ReadOnlySpan<float> source, float more)
    {
        Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        ReadOnlySpan<Vector<float>> sources = MemoryMarshal.Cast<float, Vector<float>>(source);
        Vector<float> mores = new(more);
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = Vector.Min(targets[i], sources[i] + mores);
        }

        for (int i = targets.Length * Vector<float>.Count; i < target.Length; i++)
        {
            target[i] = Math.Min(target[i], source[i] + more);
        }
    }
}
