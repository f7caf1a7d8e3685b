namespace ScrollSeg.Segmentation.Stitching;

/// <summary>How far each voxel of a slice lies from the border of the mask, within the slice and up to a reach: its square, positive
/// inside and negative outside.</summary>
/// <remarks>The distance is that between the voxel and the nearest one on the other side, centre to centre. What lies beyond the reach
/// counts as lying at the reach, so that a voxel's distance depends on nothing farther away. By columns first, then along each row as far as
/// the best distance so far.</remarks>
public static class BorderDistance
{
    /// <summary>Voxels from which on distances are not told apart.</summary>
    public const int Reach = 32;

    private static readonly double[] FromBorder = [.. Enumerable.Range(0, (Reach * Reach) + 1).Select(square => Math.Sqrt(square) - 0.5)];

    /// <summary>Distance from the border itself, which runs half-way between voxels; positive inside.</summary>
    /// <param name="square">What <see cref="Measure"/> gave.</param>
    public static double ToBorder(short square) => square > 0 ? FromBorder[square] : -FromBorder[-square];

    /// <summary>Measures a slice, or a part of one with all that lies within the reach of what is looked at.</summary>
    /// <param name="levels">Grey levels, row-major <c>[height, width]</c>.</param>
    /// <param name="width">Columns.</param>
    /// <param name="firstForeground">The smallest grey level that is inside.</param>
    /// <param name="squares">Receives the squares, <c>[height, width]</c>.</param>
    public static void Measure(ReadOnlySpan<byte> levels, int width, int firstForeground, Span<short> squares)
    {
        int height = levels.Length / width;
        byte[] along = new byte[levels.Length]; // to the nearest voxel of the column on the other side, at most the reach
        MeasureColumns(levels, width, firstForeground, along);
        bool[] inside = new bool[width];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = levels.Slice(y * width, width);
            for (int x = 0; x < width; x++)
            {
                inside[x] = row[x] >= firstForeground;
            }

            ReadOnlySpan<byte> columns = along.AsSpan(y * width, width);
            for (int x = 0; x < width; x++)
            {
                int best = columns[x] * columns[x];
                for (int d = 1; d * d < best; d++)
                {
                    best = x - d >= 0 ? Math.Min(best, Square(x, x - d, d, columns)) : best;
                    best = x + d < width ? Math.Min(best, Square(x, x + d, d, columns)) : best;
                }

                squares[(y * width) + x] = (short)(inside[x] ? best : -best);
            }
        }

        int Square(int from, int column, int d, ReadOnlySpan<byte> columns) =>
            (d * d) + (inside[column] == inside[from] ? columns[column] * columns[column] : 0);
    }

    private static void MeasureColumns(ReadOnlySpan<byte> levels, int width, int firstForeground, Span<byte> along)
    {
        int height = levels.Length / width;
        along[..width].Fill(Reach);
        for (int i = width; i < levels.Length; i++)
        {
            along[i] = levels[i] >= firstForeground == levels[i - width] >= firstForeground
                ? (byte)Math.Min(Reach, along[i - width] + 1)
                : (byte)1;
        }

        for (int i = ((height - 1) * width) - 1; i >= 0; i--)
        {
            int below = levels[i] >= firstForeground == levels[i + width] >= firstForeground ? along[i + width] + 1 : 1;
            along[i] = (byte)Math.Min(along[i], below);
        }
    }
}
