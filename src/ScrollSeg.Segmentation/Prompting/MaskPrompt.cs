namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Makes a prompt of an object whose voxels in a tile are known: a click at its deepest voxel, a box, or a box with the object
/// itself as a mask prompt.</summary>
internal static class MaskPrompt
{
    /// <summary>Pieces with fewer voxels at the scale of the scan are noise, or the tip of something that a neighbouring tile shows.</summary>
    public const int LeastVoxels = 16;

    /// <summary>Log odds that a mask prompt gives its object, and its negative the rest: sure, and within what SAM's own masks have.</summary>
    private const float Sure = 8;

    /// <summary>Kinds of prompt, as <see cref="ITilePrompts.Kinds"/> names them.</summary>
    /// <param name="kind"><c>points</c>, <c>boxes</c> or <c>masks</c>.</param>
    public static IReadOnlyList<string> KindsOf(string kind) => kind switch
    {
        "points" => ["point"],
        "boxes" => ["box"],
        _ => ["box", "mask"],
    };

    /// <summary>The prompts for all objects of a tile.</summary>
    /// <param name="kind"><c>points</c>, <c>boxes</c> or <c>masks</c>.</param>
    /// <param name="labels">Their numbers, 0 for none, <c>[V, V]</c>.</param>
    /// <param name="side">V.</param>
    /// <param name="maskSide">Pixels along the side of a mask prompt.</param>
    public static IReadOnlyList<PromptSet> ListFor(string kind, uint[] labels, int side, int maskSide) =>
        [.. MaskObjects.In(labels, side, LeastVoxels).Select(voxels => Of(kind, voxels, side, maskSide))];

    private static PromptSet Of(string kind, int[] voxels, int side, int maskSide) => kind switch
    {
        "points" => new PromptSet { Points = [MaskObjects.DeepestOf(voxels, side)] },
        "boxes" => new PromptSet { Box = MaskObjects.BoxOf(voxels, side) },
        _ => new PromptSet { Box = MaskObjects.BoxOf(voxels, side), MaskLogits = LogitsOf(voxels, side, maskSide) },
    };

    /// <summary>Each pixel of the prompt asks the voxel at its middle.</summary>
    private static float[] LogitsOf(int[] voxels, int side, int maskSide)
    {
        HashSet<int> inside = [.. voxels];
        float[] logits = new float[maskSide * maskSide];
        for (int i = 0; i < logits.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, maskSide);
            int voxel = (((2 * row) + 1) * side / (2 * maskSide) * side) + (((2 * column) + 1) * side / (2 * maskSide));
            logits[i] = inside.Contains(voxel) ? Sure : -Sure;
        }

        return logits;
    }
}
