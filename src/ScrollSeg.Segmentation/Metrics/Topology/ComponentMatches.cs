using ScrollSeg.Segmentation.Linking;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Components of two masks that are ended by the same edge, when the edges that their union lacks are added one by one
/// in the order of their index.</summary>
internal static class ComponentMatches
{
    /// <summary>Counts them.</summary>
    /// <param name="grid">The grid of the masks.</param>
    /// <param name="prediction">One mask.</param>
    /// <param name="truth">The other one.</param>
    /// <param name="union">Voxels of either.</param>
    public static long Count(PaddedGrid grid, byte[] prediction, byte[] truth, byte[] union)
    {
        int[] parents = new int[grid.Length];
        byte[] holds = new byte[grid.Length]; // by set: 1 it has a voxel of the prediction, 2 of the truth
        for (int corner = 0; corner < parents.Length; corner++)
        {
            parents[corner] = corner;
            holds[corner] = (byte)(prediction[corner] + (2 * truth[corner]));
        }

        long matches = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int edge = 0; edge < 3 * grid.Length; edge++)
            {
                (int corner, int type) = (edge / 3, edge % 3);
                if (grid.Inside[corner] == 0 || grid.Inside[corner + grid.Strides[type]] == 0 || grid.HasEdge(union, corner, type) != (pass == 0))
                {
                    continue;
                }

                int here = DisjointSets.Find(parents, corner);
                int there = DisjointSets.Find(parents, corner + grid.Strides[type]);
                if (here != there)
                {
                    matches += pass == 1 && (holds[here] & holds[there]) == 3 ? 1 : 0;
                    DisjointSets.Unite(parents, here, there);
                    holds[Math.Min(here, there)] = (byte)(holds[here] | holds[there]);
                }
            }
        }

        return matches;
    }
}
