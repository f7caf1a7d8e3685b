using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Surfaces;

/// <summary>Area of a mask's surface in a cell between eight voxels, by which of them are foreground: the surface elements that
/// DeepMind's surface-distance gives for each of the 256 neighbourhoods, so that its surface Dice is met.</summary>
/// <remarks>
/// <para>Bits of a code: the voxel at the cell's lower end along all axes is 128, one step along x halves, along y quarters and along z
/// divides by 16 (<c>ENCODE_NEIGHBOURHOOD_3D_KERNEL</c> in lookup_tables.py, commit 57c1e2c). A code and its complement have the same
/// surface.</para>
/// <para>Each letter is an element by the size of its normal along z, y and x, in eighths; its direction does not matter for
/// the area. Where the marching cubes of that table are ambiguous, so are these, and they are kept as they are.</para>
/// </remarks>
internal static class SurfelAreas
{
    private static readonly string[] Elements =
    [
        "", "A", "A", "BB", "A", "CC", "AA", "ZFA", "A", "AA", "CC", "ZFA", "BB", "ZFA", "ZFA", "ZZ",
        "A", "DD", "AA", "YFA", "AA", "XFA", "AAA", "AFFA", "AA", "DDA", "CCA", "AGDC", "ABB", "GDAB", "ZAFA", "ZAF",
        "A", "AA", "DD", "YAF", "AA", "ACC", "DDA", "GDAC", "AA", "AAA", "XFA", "FFAA", "ABB", "ZFAA", "DGAB", "ZFA",
        "BB", "YFA", "YAF", "YY", "BBA", "GCAB", "AYFA", "YFA", "ABB", "YFAA", "GBAC", "YFA", "BBBB", "BBA", "ABB", "BB",
        "A", "AA", "AA", "ABB", "DD", "XFA", "DDA", "GDAB", "AA", "AAA", "ACC", "ZFAA", "YFA", "FFAA", "CGDA", "ZFA",
        "CC", "XFA", "ACC", "CGBA", "XFA", "XX", "AAFX", "AFX", "CCA", "XFAA", "CCCC", "ACC", "CGBA", "XFA", "ACC", "CC",
        "AA", "AAA", "ADD", "YAFA", "DDA", "XFAA", "DDDD", "DDA", "AAA", "AAAA", "XFAA", "AAA", "YFAA", "AAA", "DDA", "AA",
        "ZFA", "FAFA", "GDAC", "YFA", "GBDA", "AFX", "ADD", "DD", "ZFAA", "AAA", "CCA", "AA", "BBA", "AA", "AA", "A",
    ];

    /// <summary>The areas of all 256 codes.</summary>
    /// <param name="spacing">Edges of a voxel; the areas are in its units, squared.</param>
    public static double[] For(VoxelSize spacing)
    {
        double[] areas = new double[256];
        for (int code = 0; code < Elements.Length; code++)
        {
            areas[code] = Elements[code].Sum(element => AreaOf(element, spacing));
            areas[255 - code] = areas[code];
        }

        return areas;
    }

    private static double AreaOf(char element, VoxelSize spacing)
    {
        (int z, int y, int x) = element switch
        {
            'A' => (1, 1, 1),
            'B' => (2, 2, 0),
            'C' => (2, 0, 2),
            'D' => (0, 2, 2),
            'F' => (2, 2, 2),
            'G' => (3, 3, 3),
            'Z' => (4, 0, 0),
            'Y' => (0, 4, 0),
            _ => (0, 0, 4),
        };
        (double a, double b, double c) = (z * spacing.Y * spacing.X, y * spacing.Z * spacing.X, x * spacing.Z * spacing.Y);
        return Math.Sqrt((a * a) + (b * b) + (c * c)) / 8;
    }
}
