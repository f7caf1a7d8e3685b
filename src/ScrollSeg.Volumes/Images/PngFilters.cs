namespace ScrollSeg.Volumes.Images;

/// <summary>The five row filters of PNG (specification, section 9.2).</summary>
internal static class PngFilters
{
    public const byte None = 0;
    public const byte Sub = 1;
    public const byte Up = 2;
    public const byte Average = 3;
    public const byte Paeth = 4;

    /// <summary>Turns a filtered row into its samples, in place.</summary>
    /// <param name="filter">One of the five.</param>
    /// <param name="row">The row, without its filter byte.</param>
    /// <param name="above">The samples of the row above, as long; zero above the first.</param>
    /// <param name="distance">Bytes from a sample to its left neighbour's.</param>
    /// <returns>Whether the filter is one of the five.</returns>
    public static bool Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        switch (filter)
        {
            case None:
                return true;
            case Sub:
                for (int i = distance; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                return true;
            case Up:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                return true;
            case Average:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += (byte)(((i < distance ? 0 : row[i - distance]) + above[i]) >> 1);
                }

                return true;
            case Paeth:
                UndoPaeth(row, above, distance);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Filters a row by the way that is likely to compress best: the least sum of the differences taken as
    /// signed numbers, the heuristic of the PNG specification, section 12.7.</summary>
    /// <param name="row">Samples of the row.</param>
    /// <param name="above">Samples of the row above.</param>
    /// <param name="distance">Bytes from a sample to its left neighbour's.</param>
    /// <param name="filtered">Receives the filter byte and the row.</param>
    /// <param name="scratch">As long as <paramref name="filtered"/>.</param>
    public static void Apply(
        ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, Span<byte> filtered, Span<byte> scratch)
    {
        filtered[0] = None;
        row.CopyTo(filtered[1..]);
        long best = CostOf(filtered[1..]);
        for (byte filter = Sub; filter <= Up; filter++)
        {
            scratch[0] = filter;
            Span<byte> target = scratch[1..];
            for (int i = 0; i < row.Length; i++)
            {
                target[i] = (byte)(row[i] - (filter == Up ? above[i] : i < distance ? 0 : row[i - distance]));
            }

            long cost = CostOf(target);
            if (cost < best)
            {
                best = cost;
                scratch.CopyTo(filtered);
            }
        }
    }

    private static long CostOf(ReadOnlySpan<byte> differences)
    {
        long sum = 0;
        foreach (byte difference in differences)
        {
            sum += Math.Abs((int)(sbyte)difference);
        }

        return sum;
    }

    private static void UndoPaeth(Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i < distance ? 0 : row[i - distance];
            int upperLeft = i < distance ? 0 : above[i - distance];
            row[i] += (byte)PaethPredictor(left, above[i], upperLeft);
        }
    }

    private static int PaethPredictor(int left, int up, int upperLeft)
    {
        int estimate = left + up - upperLeft;
        int toLeft = Math.Abs(estimate - left);
        int toUp = Math.Abs(estimate - up);
        int toUpperLeft = Math.Abs(estimate - upperLeft);
        if (toLeft <= toUp && toLeft <= toUpperLeft)
        {
            return left;
        }

        return toUp <= toUpperLeft ? up : upperLeft;
    }
}
