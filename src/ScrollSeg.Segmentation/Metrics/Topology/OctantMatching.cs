using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Betti matching of a volume, whole or cut in two along each axis as the surface contest cuts it: the first half has the
/// odd voxel, and an axis of one voxel stays whole.</summary>
internal static class OctantMatching
{
    /// <summary>The eight parts, fewer if an axis cannot be cut.</summary>
    public static IReadOnlyList<Box3> Octants(Box3 region)
    {
        List<Box3> octants = [];
        foreach ((int z, int depth) in Halves(region.Shape.Z))
        {
            foreach ((int y, int height) in Halves(region.Shape.Y))
            {
                foreach ((int x, int width) in Halves(region.Shape.X))
                {
                    (int startZ, int startY, int startX) = region.Start;
                    octants.Add(new Box3((startZ + z, startY + y, startX + x), new Shape3(depth, height, width)));
                }
            }
        }

        return octants;
    }

    /// <summary>Why a part cannot be matched; <see langword="null"/> if it can.</summary>
    public static string? TooLarge(Shape3 part, long memory)
    {
        long needed = BettiMatching.BytesFor(part);
        return needed > memory || !BettiMatching.IsPossible(part)
            ? $"too large: {part} voxels take {needed >> 20} MiB to match, and {memory >> 20} MiB are allowed"
            : null;
    }

    /// <summary>Sums of the counts of all parts.</summary>
    public static async Task<BettiMatchingCounts[]> MatchAsync(LabelPair pair, IReadOnlyList<Box3> parts, Action<int>? partDone, CancellationToken cancellationToken)
    {
        BettiMatchingCounts[] sums = new BettiMatchingCounts[3];
        for (int part = 0; part < parts.Count; part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using LabelBlock block = await pair.ReadAsync(parts[part], cancellationToken);
            block.Neutralise();
            BettiMatchingCounts[] counts = BettiMatching.Match(parts[part].Shape, block.Prediction.Bytes, block.Truth.Bytes);
            for (int dimension = 0; dimension < sums.Length; dimension++)
            {
                sums[dimension] += counts[dimension];
            }

            partDone?.Invoke(part + 1);
        }

        return sums;
    }

    private static IEnumerable<(int Start, int Length)> Halves(int length)
    {
        int first = (length + 1) / 2;
        yield return (0, first);
        if (length > first)
        {
            yield return (first, length - first);
        }
    }
}
