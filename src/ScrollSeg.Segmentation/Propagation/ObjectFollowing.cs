using ScrollSeg.Segmentation.Prompting;

namespace ScrollSeg.Segmentation.Propagation;

/// <summary>Gives the voxels of a slice's mask the numbers of the objects that the slice before had there.</summary>
public static class ObjectFollowing
{
    /// <summary>Numbers the connected pieces of a mask, from 1, in the order of their first voxels; over edges and corners.</summary>
    /// <param name="levels">The answer, <c>[height, width]</c>.</param>
    /// <param name="least">The smallest grey level that is foreground.</param>
    /// <param name="width">Columns.</param>
    public static uint[] Number(ReadOnlySpan<byte> levels, int least, int width)
    {
        uint[] labels = new uint[levels.Length];
        Queue<int> open = new();
        uint count = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            if (levels[i] >= least && labels[i] == 0)
            {
                labels[i] = ++count;
                open.Enqueue(i);
                Spread(labels, levels, least, width, open);
            }
        }

        return labels;
    }

    /// <summary>A voxel that belonged to an object keeps its number; from there numbers spread through the mask, so that each voxel gets
    /// that of the nearest by the way through the mask. Pieces that touch no object of before are none, and an object whose area
    /// changed too much, or that is too small to be asked for, has ended.</summary>
    /// <param name="before">The slice before, 0 for none, <c>[height, width]</c>.</param>
    /// <param name="levels">The answer, <c>[height, width]</c>.</param>
    /// <param name="least">The smallest grey level that is foreground.</param>
    /// <param name="width">Columns.</param>
    /// <param name="mostChange">An object ends where its area is more than so many times larger or smaller than before.</param>
    public static uint[] Follow(uint[] before, ReadOnlySpan<byte> levels, int least, int width, double mostChange)
    {
        uint[] labels = new uint[levels.Length];
        Queue<int> open = new();
        for (int i = 0; i < levels.Length; i++)
        {
            if (before[i] != 0 && levels[i] >= least)
            {
                labels[i] = before[i];
                open.Enqueue(i);
            }
        }

        Spread(labels, levels, least, width, open);
        (Dictionary<uint, long> then, Dictionary<uint, long> now) = (AreasOf(before), AreasOf(labels));
        HashSet<uint> ended = [.. now.Where(area => HasEnded(then[area.Key], area.Value, mostChange)).Select(area => area.Key)];
        for (int i = 0; i < labels.Length && ended.Count > 0; i++)
        {
            labels[i] = ended.Contains(labels[i]) ? 0 : labels[i];
        }

        return labels;
    }

    private static bool HasEnded(long then, long now, double mostChange) =>
        now < MaskPrompt.LeastVoxels || now > then * mostChange || now * mostChange < then;

    private static Dictionary<uint, long> AreasOf(uint[] labels)
    {
        Dictionary<uint, long> areas = [];
        foreach (uint label in labels)
        {
            if (label != 0)
            {
                areas[label] = areas.GetValueOrDefault(label) + 1;
            }
        }

        return areas;
    }

    /// <summary>Breadth first, so that of two objects the nearer one gets a voxel, and of equally near ones always the same.</summary>
    private static void Spread(uint[] labels, ReadOnlySpan<byte> levels, int least, int width, Queue<int> open)
    {
        int height = labels.Length / width;
        while (open.TryDequeue(out int voxel))
        {
            (int y, int x) = Math.DivRem(voxel, width);
            for (int row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
            {
                for (int column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
                {
                    int next = (row * width) + column;
                    if (labels[next] == 0 && levels[next] >= least)
                    {
                        labels[next] = labels[voxel];
                        open.Enqueue(next);
                    }
                }
            }
        }
    }
}
