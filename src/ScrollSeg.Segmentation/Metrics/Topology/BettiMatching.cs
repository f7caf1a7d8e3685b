using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>
/// Which components, tunnels and cavities of two masks are the same (Stucki et al., Topologically faithful image segmentation via
/// induced matching of persistence barcodes, 2023; in 3D, 2024). Counts what the authors' Betti-Matching-3D gives for masks in
/// which foreground is 0 and background 1.
/// </summary>
/// <remarks>
/// <para>Both masks lie in their union. Then the cells that the union lacks are added one by one, in the order of their index (z, y,
/// x, type). A feature of either mask that the union still has ends with one of these cells, and two features
/// are matched if the same cell ends both. Births decide nothing: which cells end the features of a mask depends on the space that
/// these features span in the union, and on the order of the cells.</para>
/// <para>Voxels are corners of cells, so that foreground touches by faces and background by corners. Takes some 30 bytes per voxel
/// and mask.</para>
/// </remarks>
public static class BettiMatching
{
    /// <summary>What <see cref="Match"/> holds at its peak, in bytes.</summary>
    public static long BytesFor(Shape3 shape) =>
        66L * (shape.Z + 2) * (shape.Y + 2) * (shape.X + 2);

    /// <summary>Whether a volume can be matched at all: its cells are numbered with 31 bits.</summary>
    public static bool IsPossible(Shape3 shape) =>
        3L * (shape.Z + 2) * (shape.Y + 2) * (shape.X + 2) < Array.MaxLength;

    /// <summary>Matches the features of two masks.</summary>
    /// <param name="shape">Extent of both.</param>
    /// <param name="prediction">One mask, 0 and 1, row-major (z, y, x).</param>
    /// <param name="truth">The other one.</param>
    /// <returns>Counts of components, tunnels and cavities.</returns>
    /// <exception cref="ArgumentException">A mask has another length, or is too large.</exception>
    public static BettiMatchingCounts[] Match(Shape3 shape, ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> truth)
    {
        if (prediction.Length != shape.VoxelCount || truth.Length != shape.VoxelCount || !IsPossible(shape))
        {
            throw new ArgumentException($"Masks of {prediction.Length} and {truth.Length} voxels are not matched as {shape}.", nameof(shape));
        }

        PaddedGrid grid = new(shape);
        byte[] one = grid.Pad(prediction);
        byte[] other = grid.Pad(truth);
        byte[] union = [.. one];
        for (int i = 0; i < union.Length; i++)
        {
            union[i] |= other[i];
        }

        (HashSet<int> Faces, int Loops) loopsOfOne = ([], 0);
        (HashSet<int> Faces, int Loops) loopsOfOther = ([], 0);
        Parallel.Invoke(
            () => loopsOfOne = LoopDeaths.Find(grid, one, union),
            () => loopsOfOther = LoopDeaths.Find(grid, other, union));
        (long componentsOfOne, long cavitiesOfOne, int[] placesOfOne) = Features(grid, one);
        (long componentsOfOther, long cavitiesOfOther, int[] placesOfOther) = Features(grid, other);
        return
        [
            new(ComponentMatches.Count(grid, one, other, union), Math.Max(0, componentsOfOne - 1), Math.Max(0, componentsOfOther - 1)),
            new(loopsOfOne.Faces.Count(loopsOfOther.Faces.Contains), loopsOfOne.Loops, loopsOfOther.Loops),
            new(CavityMatches.Count(grid, placesOfOne, placesOfOther, union), cavitiesOfOne, cavitiesOfOther),
        ];
    }

    /// <summary>Components, cavities, and by voxel the cavity that it lies in.</summary>
    private static (long Components, long Cavities, int[] Places) Features(PaddedGrid grid, byte[] mask)
    {
        Shape3 shape = grid.Shape;
        using BitVolume foreground = new(shape);
        using BitVolume background = new(shape);
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                foreground.FillRow(z, y, mask.AsSpan(grid.RowOf(z, y), shape.X));
            }
        }

        background.FillComplement(foreground);
        using RunLabels labels = new();
        labels.Label(foreground, Connectivity.Six);
        long components = labels.Count;
        labels.Label(background, Connectivity.TwentySix);
        bool[] isOpen = OpenOnes(labels, shape);
        int[] places = new int[grid.Length];
        ForEachRun(labels, shape, (z, y, run) =>
        {
            if (!isOpen[labels.Objects[run]])
            {
                int row = grid.RowOf(z, y);
                places.AsSpan(row + labels.Starts[run], labels.Ends[run] - labels.Starts[run]).Fill(labels.Objects[run] + 1);
            }
        });
        return (components, isOpen.LongCount(open => !open), places);
    }

    private static bool[] OpenOnes(RunLabels labels, Shape3 shape)
    {
        bool[] isOpen = new bool[labels.Count];
        ForEachRun(labels, shape, (z, y, run) => isOpen[labels.Objects[run]] |=
            z == 0 || z == shape.Z - 1 || y == 0 || y == shape.Y - 1 || labels.Starts[run] == 0 || labels.Ends[run] == shape.X);
        return isOpen;
    }

    private static void ForEachRun(RunLabels labels, Shape3 shape, Action<int, int, int> visit)
    {
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                (int first, int end) = labels.RunsOf(z, y);
                for (int run = first; run < end; run++)
                {
                    visit(z, y, run);
                }
            }
        }
    }
}
