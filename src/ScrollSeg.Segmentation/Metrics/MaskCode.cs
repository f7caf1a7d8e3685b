namespace ScrollSeg.Segmentation.Metrics;

/// <summary>What a voxel of a volume counts as.</summary>
internal static class MaskCode
{
    public const byte Background = 0;
    public const byte Foreground = 1;

    /// <summary>Only in the truth: not known.</summary>
    public const byte Ignored = 2;

    /// <summary>A value that the volume may not have.</summary>
    public const byte Refused = 255;
}
