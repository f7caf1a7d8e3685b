using System.Buffers;

namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>Fills a mask's small holes and removes its small islands. Follows <c>remove_small_regions</c> in
/// segment_anything/utils/amg.py (commit dca509f): pixels that touch at a corner belong together, inside and outside; what
/// lies outside the object counts as a hole; if all islands are small the largest stays, of equals the topmost.</summary>
internal static class SmallRegions
{
    /// <summary>Changes a mask in place.</summary>
    /// <param name="mask">0 or 1, row-major.</param>
    /// <param name="width">Columns.</param>
    /// <param name="minArea">Regions of fewer pixels are small.</param>
    /// <returns>Whether anything was small.</returns>
    public static bool Remove(Span<byte> mask, int width, int minArea)
    {
        int[] pool = ArrayPool<int>.Shared.Rent(mask.Length); // 4 bytes a pixel, for each of hundreds of masks in turn
        try
        {
            Span<int> regions = pool.AsSpan(0, mask.Length);
            bool filled = RemoveHoles(mask, width, minArea, regions);
            return RemoveIslands(mask, width, minArea, regions) || filled;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(pool);
        }
    }

    private static bool RemoveHoles(Span<byte> mask, int width, int minArea, Span<int> regions)
    {
        List<int> areas = Label(mask, width, value: 0, regions);
        return Paint(mask, regions, region => areas[region] < minArea, value: 1);
    }

    private static bool RemoveIslands(Span<byte> mask, int width, int minArea, Span<int> regions)
    {
        List<int> areas = Label(mask, width, value: 1, regions);
        if (areas.TrueForAll(area => area >= minArea))
        {
            return false;
        }

        int largest = areas.IndexOf(areas.Max());
        Paint(mask, regions, region => areas[region] < minArea && region != largest, value: 0);
        return true; // also where the largest was small and stayed, as in the original
    }

    private static bool Paint(Span<byte> mask, ReadOnlySpan<int> regions, Func<int, bool> isWanted, byte value)
    {
        bool any = false;
        for (int i = 0; i < mask.Length; i++)
        {
            if (regions[i] >= 0 && isWanted(regions[i]))
            {
                mask[i] = value;
                any = true;
            }
        }

        return any;
    }

    /// <summary>Numbers the regions of a value in the order of their first pixels.</summary>
    /// <param name="mask">0 or 1, row-major.</param>
    /// <param name="width">Columns.</param>
    /// <param name="value">Whose regions are wanted.</param>
    /// <param name="regions">Receives each pixel's region, -1 for the other value.</param>
    /// <returns>Each region's pixels.</returns>
    private static List<int> Label(ReadOnlySpan<byte> mask, int width, byte value, Span<int> regions)
    {
        regions.Fill(-1);
        List<int> areas = [];
        Stack<int> open = new();
        for (int first = 0; first < mask.Length; first++)
        {
            if (mask[first] != value || regions[first] >= 0)
            {
                continue;
            }

            regions[first] = areas.Count;
            open.Push(first);
            int area = 0;
            for (; open.TryPop(out int pixel); area++)
            {
                Visit(mask, width, value, pixel, regions, open);
            }

            areas.Add(area);
        }

        return areas;
    }

    /// <summary>Takes a pixel's eight neighbours into its region.</summary>
    private static void Visit(ReadOnlySpan<byte> mask, int width, byte value, int pixel, Span<int> regions, Stack<int> open)
    {
        (int y, int x) = Math.DivRem(pixel, width);
        int height = mask.Length / width;
        for (int row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
        {
            for (int column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
            {
                int neighbour = (row * width) + column;
                if (mask[neighbour] == value && regions[neighbour] < 0)
                {
                    regions[neighbour] = regions[pixel];
                    open.Push(neighbour);
                }
            }
        }
    }
}
