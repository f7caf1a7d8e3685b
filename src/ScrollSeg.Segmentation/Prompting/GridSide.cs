namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Which automatic masks are foreground.</summary>
public enum GridSide
{
    /// <summary>Those whose mean grey is at least the level.</summary>
    Bright,

    /// <summary>Those whose mean grey lies below the level.</summary>
    Dark,

    /// <summary>Every one.</summary>
    All,
}
