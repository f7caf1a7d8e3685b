using System.Numerics;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>The objects of a label map: connected voxels of the same number, over edges and corners.</summary>
public static class MaskObjects
{
    /// <summary>Finds them, in the order of their first voxels.</summary>
    /// <param name="labels">0 is background, <c>[H, V]</c>.</param>
    /// <param name="side">V.</param>
    /// <param name="leastVoxels">Smaller ones are left out.</param>
    /// <returns>The voxels of each, as indices into the map, ascending.</returns>
    public static IEnumerable<int[]> In<T>(T[] labels, int side, int leastVoxels)
        where T : struct, INumberBase<T>
    {
        bool[] seen = new bool[labels.Length];
        for (int first = 0; first < labels.Length; first++)
        {
            if (!T.IsZero(labels[first]) && !seen[first])
            {
                int[] found = Around(labels, side, first, seen);
                if (found.Length >= leastVoxels)
                {
                    yield return found;
                }
            }
        }
    }

    /// <summary>The object that a voxel belongs to.</summary>
    /// <param name="labels">0 is background, <c>[V, V]</c>.</param>
    /// <param name="side">V.</param>
    /// <param name="voxel">One of its voxels.</param>
    /// <returns>Its voxels, as indices into the map, ascending.</returns>
    public static int[] Around<T>(T[] labels, int side, int voxel)
        where T : struct, INumberBase<T> => Around(labels, side, voxel, new bool[labels.Length]);

    /// <summary>The box around an object: its first and last column and row.</summary>
    public static BoxPrompt BoxOf(int[] voxels, int side) => new(
        voxels.Min(voxel => voxel % side), voxels[0] / side, voxels.Max(voxel => voxel % side), voxels[^1] / side);

    /// <summary>The voxel farthest from all that is not the object's, counted in steps over edges and corners; the tile's border
    /// is no end of it. Of several the one nearest to their middle.</summary>
    public static PointPrompt DeepestOf(int[] voxels, int side)
    {
        bool[] inside = new bool[side * side];
        foreach (int voxel in voxels)
        {
            inside[voxel] = true;
        }

        int[] left = voxels;
        while (true)
        {
            int[] inner = [.. left.Where(voxel => IsInner(inside, side, voxel))];
            if (inner.Length == 0 || inner.Length == left.Length)
            {
                break;
            }

            foreach (int voxel in left)
            {
                inside[voxel] = false;
            }

            foreach (int voxel in inner)
            {
                inside[voxel] = true;
            }

            left = inner;
        }

        (double x, double y) = (left.Average(voxel => (double)(voxel % side)), left.Average(voxel => (double)(voxel / side)));
        int deepest = left.MinBy(voxel => Math.Pow((voxel % side) - x, 2) + Math.Pow((voxel / side) - y, 2));
        return new PointPrompt(deepest % side, deepest / side, IsForeground: true);
    }

    private static bool IsInner(bool[] inside, int side, int voxel)
    {
        (int y, int x) = Math.DivRem(voxel, side);
        for (int row = Math.Max(0, y - 1); row <= Math.Min(side - 1, y + 1); row++)
        {
            for (int column = Math.Max(0, x - 1); column <= Math.Min(side - 1, x + 1); column++)
            {
                if (!inside[(row * side) + column])
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static int[] Around<T>(T[] labels, int side, int first, bool[] seen)
        where T : struct, INumberBase<T>
    {
        int rows = labels.Length / side;
        List<int> found = [];
        Stack<int> open = new([first]);
        seen[first] = true;
        while (open.TryPop(out int voxel))
        {
            found.Add(voxel);
            (int y, int x) = Math.DivRem(voxel, side);
            for (int row = Math.Max(0, y - 1); row <= Math.Min(rows - 1, y + 1); row++)
            {
                for (int column = Math.Max(0, x - 1); column <= Math.Min(side - 1, x + 1); column++)
                {
                    int next = (row * side) + column;
                    if (!seen[next] && labels[next] == labels[first])
                    {
                        seen[next] = true;
                        open.Push(next);
                    }
                }
            }
        }

        found.Sort();
        return [.. found];
    }
}
