using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Linking;

/// <summary>What linking has to give, over whole arrays and as simply as can be: flood fill, voxel by voxel.</summary>
internal static class FloodFill
{
    /// <summary>Numbers the components of a mask in the order of their first voxels; background is 0.</summary>
    public static uint[] Label(bool[] mask, Shape3 shape, int neighbours)
    {
        uint[] labels = new uint[mask.Length];
        uint count = 0;
        Queue<(int Z, int Y, int X)> open = new();
        for (int i = 0; i < mask.Length; i++)
        {
            if (!mask[i] || labels[i] != 0)
            {
                continue;
            }

            labels[i] = ++count;
            open.Enqueue((i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X));
            while (open.TryDequeue(out (int Z, int Y, int X) voxel))
            {
                foreach ((int Z, int Y, int X) next in Around(voxel, shape, neighbours))
                {
                    int place = (((next.Z * shape.Y) + next.Y) * shape.X) + next.X;
                    if (mask[place] && labels[place] == 0)
                    {
                        labels[place] = count;
                        open.Enqueue(next);
                    }
                }
            }
        }

        return labels;
    }

    /// <summary>Fills the background that the border cannot be reached from.</summary>
    public static bool[] FillHoles(bool[] mask, Shape3 shape, int neighbours, long largest)
    {
        uint[] holes = Label([.. mask.Select(value => !value)], shape, neighbours == 6 ? 26 : 6);
        HashSet<uint> open = [];
        Dictionary<uint, long> sizes = [];
        for (int i = 0; i < mask.Length; i++)
        {
            sizes[holes[i]] = sizes.GetValueOrDefault(holes[i]) + 1;
            (int z, int y, int x) = (i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X);
            if (IsEnd(z, shape.Z) || IsEnd(y, shape.Y) || IsEnd(x, shape.X))
            {
                open.Add(holes[i]);
            }
        }

        return [.. mask.Select((value, i) => value || (!open.Contains(holes[i]) && sizes[holes[i]] <= largest))];
    }

    /// <summary>What lies within a ball of some voxel of the mask.</summary>
    public static bool[] Dilate(bool[] mask, Shape3 shape, int radius)
    {
        bool[] grown = new bool[mask.Length];
        for (int i = 0; i < mask.Length; i++)
        {
            (int z, int y, int x) = (i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X);
            for (int dz = -radius; dz <= radius && mask[i]; dz++)
            {
                for (int dy = -radius; dy <= radius; dy++)
                {
                    for (int dx = -radius; dx <= radius; dx++)
                    {
                        (int tz, int ty, int tx) = (z + dz, y + dy, x + dx);
                        if ((dz * dz) + (dy * dy) + (dx * dx) <= radius * radius
                            && tz >= 0 && ty >= 0 && tx >= 0 && tz < shape.Z && ty < shape.Y && tx < shape.X)
                        {
                            grown[(((tz * shape.Y) + ty) * shape.X) + tx] = true;
                        }
                    }
                }
            }
        }

        return grown;
    }

    /// <summary>The components of the low mask that hold a voxel of the high one.</summary>
    public static bool[] Hysteresis(bool[] low, bool[] high, Shape3 shape, int neighbours)
    {
        uint[] labels = Label(low, shape, neighbours);
        HashSet<uint> kept = [.. labels.Where((_, i) => high[i])];
        return [.. labels.Select(label => label != 0 && kept.Contains(label))];
    }

    /// <summary>Removes small components and numbers the others.</summary>
    public static uint[] LabelLarge(bool[] mask, Shape3 shape, int neighbours, long least)
    {
        uint[] labels = Label(mask, shape, neighbours);
        Dictionary<uint, long> sizes = labels.CountBy(label => label).ToDictionary(pair => pair.Key, pair => (long)pair.Value);
        return Label([.. labels.Select(label => label != 0 && sizes[label] >= least)], shape, neighbours);
    }

    private static bool IsEnd(int place, int extent) => extent > 1 && (place == 0 || place == extent - 1);

    private static IEnumerable<(int Z, int Y, int X)> Around((int Z, int Y, int X) voxel, Shape3 shape, int neighbours)
    {
        for (int z = Math.Max(0, voxel.Z - 1); z <= Math.Min(shape.Z - 1, voxel.Z + 1); z++)
        {
            for (int y = Math.Max(0, voxel.Y - 1); y <= Math.Min(shape.Y - 1, voxel.Y + 1); y++)
            {
                for (int x = Math.Max(0, voxel.X - 1); x <= Math.Min(shape.X - 1, voxel.X + 1); x++)
                {
                    int steps = Math.Abs(z - voxel.Z) + Math.Abs(y - voxel.Y) + Math.Abs(x - voxel.X);
                    if (steps == 1 || (steps > 1 && neighbours == 26))
                    {
                        yield return (z, y, x);
                    }
                }
            }
        }
    }
}
