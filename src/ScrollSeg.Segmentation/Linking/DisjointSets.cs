namespace ScrollSeg.Segmentation.Linking;

/// <summary>Union-find (Tarjan 1975, with path halving) over an array of parents. The smallest member of a set is its root, so that a
/// parent never comes behind its members.</summary>
internal static class DisjointSets
{
    /// <summary>The smallest member of the set that an item belongs to.</summary>
    public static int Find(Span<int> parents, int item)
    {
        while (parents[item] != item)
        {
            parents[item] = parents[parents[item]];
            item = parents[item];
        }

        return item;
    }

    /// <summary>Makes one set of the sets of two items.</summary>
    public static void Unite(Span<int> parents, int a, int b)
    {
        a = Find(parents, a);
        b = Find(parents, b);
        if (a < b)
        {
            parents[b] = a;
        }
        else
        {
            parents[a] = b;
        }
    }
}
