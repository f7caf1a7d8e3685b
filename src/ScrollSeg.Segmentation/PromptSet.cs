namespace ScrollSeg.Segmentation;

/// <summary>A click.</summary>
/// <param name="X">Column in pixels of the original image.</param>
/// <param name="Y">Row in pixels of the original image.</param>
/// <param name="IsForeground">Whether the object is there, or is not.</param>
public readonly record struct PointPrompt(double X, double Y, bool IsForeground);

/// <summary>A box around the object, in pixels of the original image.</summary>
public readonly record struct BoxPrompt(double X0, double Y0, double X1, double Y1);

/// <summary>Everything that a network is told about one object of an image.</summary>
public sealed record PromptSet
{
    /// <summary>Clicks on the object and beside it.</summary>
    public IReadOnlyList<PointPrompt> Points { get; init; } = [];

    /// <summary>A box around the object, if any.</summary>
    public BoxPrompt? Box { get; init; }

    /// <summary>The low-resolution logits of an earlier answer, <c>[h, w]</c> row-major, if any.</summary>
    public float[]? MaskLogits { get; init; }
}

/// <summary>What a network answered: M masks of one object.</summary>
/// <param name="Height">Rows of the image.</param>
/// <param name="Width">Columns of the image.</param>
/// <param name="Logits">Log odds of foreground at the image's size, <c>[M, H, W]</c>.</param>
/// <param name="PredictedIoU">The network's own estimate of each mask's quality, <c>[M]</c>.</param>
/// <param name="LowResolutionLogits">The logits as the network gave them, <c>[M, h, w]</c>.</param>
/// <param name="LowResolutionSide">h and w.</param>
public sealed record PromptedMasks(
    int Height, int Width, float[] Logits, float[] PredictedIoU, float[] LowResolutionLogits, int LowResolutionSide)
{
    /// <summary>Masks in the answer, M.</summary>
    public int Count => PredictedIoU.Length;
}
