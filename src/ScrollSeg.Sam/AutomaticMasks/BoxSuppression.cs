namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>Keeps of boxes that overlap much only the best: greedy non-maximum suppression, in single precision as
/// <c>torchvision.ops.nms</c>. Of equal scores the earlier box is the better one, on any device and for any number.</summary>
internal static class BoxSuppression
{
    /// <summary>Chooses boxes.</summary>
    /// <param name="boxes">The boxes.</param>
    /// <param name="scores">One per box; the higher the better.</param>
    /// <param name="threshold">A box is dropped if its IoU with a better one that is kept is higher.</param>
    /// <returns>Indices of the kept boxes, best first.</returns>
    public static IReadOnlyList<int> Keep(IReadOnlyList<PixelBox> boxes, IReadOnlyList<float> scores, double threshold)
    {
        List<int> kept = [];
        foreach (int candidate in Enumerable.Range(0, boxes.Count).OrderByDescending(i => scores[i])) // a stable sort
        {
            if (kept.TrueForAll(better => !(IoU(boxes[better], boxes[candidate]) > threshold)))
            {
                kept.Add(candidate);
            }
        }

        return kept;
    }

    /// <summary>Of two empty boxes it is not a number, and so above no threshold.</summary>
    private static float IoU(PixelBox a, PixelBox b)
    {
        float width = Math.Max(0, Math.Min(a.X1, b.X1) - Math.Max(a.X0, b.X0));
        float height = Math.Max(0, Math.Min(a.Y1, b.Y1) - Math.Max(a.Y0, b.Y0));
        float both = width * height;
        return both / (((float)a.Width * a.Height) + ((float)b.Width * b.Height) - both);
    }
}
