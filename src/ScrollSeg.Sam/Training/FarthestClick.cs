namespace ScrollSeg.Sam.Training;

/// <summary>Where a careful person clicks: as far inside the largest error as can be (arXiv:2304.02643, appendix D.1).</summary>
internal static class FarthestClick
{
    /// <summary>Finds the pixel that is farthest from the edge of what the mask misses, or of what it has too much, whichever
    /// is deeper; what is missing must be strictly deeper to win, as in Meta's code for SAM 2.</summary>
    /// <param name="target">The object.</param>
    /// <param name="mask">Not 0 where the network sees it; empty for no mask yet.</param>
    /// <param name="labels">Pixels of <see cref="TrainingExample.Ignored"/> are no error.</param>
    /// <returns><see langword="null"/> for a perfect mask, which needs no click.</returns>
    public static Click? Of(TargetObject target, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> labels)
    {
        byte[] missing = new byte[target.Mask.Length];
        byte[] surplus = new byte[target.Mask.Length];
        for (int i = 0; i < missing.Length; i++)
        {
            bool seen = mask.Length > 0 && mask[i] != 0;
            bool counts = labels[i] != TrainingExample.Ignored;
            missing[i] = counts && target.Mask[i] != 0 && !seen ? (byte)1 : (byte)0;
            surplus[i] = counts && target.Mask[i] == 0 && seen ? (byte)1 : (byte)0;
        }

        (int inside, int depthInside) = Deepest(missing, target.Side);
        (int outside, int depthOutside) = Deepest(surplus, target.Side);
        return Math.Max(depthInside, depthOutside) == 0 ? null
            : depthInside > depthOutside ? Click.At(inside, target.Side, isForeground: true)
            : Click.At(outside, target.Side, isForeground: false);
    }

    private static (int Pixel, int Depth) Deepest(byte[] region, int side)
    {
        int[] distance = DistanceTransform.Squared(region, side);
        int pixel = 0;
        for (int i = 1; i < distance.Length; i++)
        {
            if (distance[i] > distance[pixel])
            {
                pixel = i;
            }
        }

        return (pixel, distance[pixel]);
    }
}
