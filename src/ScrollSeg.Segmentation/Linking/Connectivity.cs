namespace ScrollSeg.Segmentation.Linking;

/// <summary>Which voxels are neighbours.</summary>
public enum Connectivity
{
    /// <summary>Those that share a face.</summary>
    Six = 6,

    /// <summary>Those that share a face, an edge or a corner.</summary>
    TwentySix = 26,
}

/// <summary>Facts about <see cref="Connectivity"/>.</summary>
internal static class ConnectivityExtensions
{
    /// <summary>What the background has to be connected by, so that an object and what it encloses never cross.</summary>
    public static Connectivity Dual(this Connectivity connectivity) =>
        connectivity == Connectivity.Six ? Connectivity.TwentySix : Connectivity.Six;

    /// <summary>Half of the neighbours of a cell, those that follow it in (z, y, x) order: each pair once.</summary>
    public static IEnumerable<(int Z, int Y, int X)> Following(this Connectivity connectivity)
    {
        for (int z = 0; z <= 1; z++)
        {
            for (int y = -1; y <= 1; y++)
            {
                for (int x = -1; x <= 1; x++)
                {
                    bool follows = (z, y, x).CompareTo((0, 0, 0)) > 0;
                    int steps = z + Math.Abs(y) + Math.Abs(x);
                    if (follows && (connectivity == Connectivity.TwentySix || steps == 1))
                    {
                        yield return (z, y, x);
                    }
                }
            }
        }
    }
}
