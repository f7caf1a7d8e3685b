using System.Runtime.InteropServices;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Cavities of two masks that are ended by the same cube, when the cubes that their union lacks are added one by one in
/// the order of their index: a cavity lives until its last missing cube is there.</summary>
internal static class CavityMatches
{
    /// <summary>Counts them.</summary>
    /// <param name="grid">The grid of the masks.</param>
    /// <param name="prediction">By voxel: the cavity of the prediction that it lies in, or 0.</param>
    /// <param name="truth">By voxel: the cavity of the truth that it lies in, or 0.</param>
    /// <param name="union">Voxels of either mask.</param>
    public static long Count(PaddedGrid grid, int[] prediction, int[] truth, byte[] union)
    {
        HashSet<int> ends = [.. LastCubes(grid, prediction, union).Values];
        return LastCubes(grid, truth, union).Values.Count(ends.Contains);
    }

    private static Dictionary<int, int> LastCubes(PaddedGrid grid, int[] cavities, byte[] union)
    {
        int far = grid.Strides[0] + grid.Strides[1] + grid.Strides[2];
        Dictionary<int, int> last = [];
        for (int corner = 0; corner < grid.Length; corner++)
        {
            if (grid.Inside[corner] != 0 && grid.Inside[corner + far] != 0 && MissingCorner(grid, corner, union) is int missing && cavities[missing] != 0)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(last, cavities[missing], out _) = corner;
            }
        }

        return last;
    }

    /// <summary>Any corner that is missing: all of a cube that are lie in the same cavity.</summary>
    private static int? MissingCorner(PaddedGrid grid, int corner, byte[] union)
    {
        for (int place = 0; place < 8; place++)
        {
            int voxel = corner + ((place & 1) * grid.Strides[2]) + (((place >> 1) & 1) * grid.Strides[1]) + ((place >> 2) * grid.Strides[0]);
            if (union[voxel] == 0)
            {
                return voxel;
            }
        }

        return null;
    }
}
