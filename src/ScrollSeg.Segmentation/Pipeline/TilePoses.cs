namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>In which poses a network is asked about each tile; its answers, turned back, are averaged.</summary>
public enum TilePoses
{
    /// <summary>As it is, once.</summary>
    None,

    /// <summary>As it is, and mirrored along rows, columns and both: four times.</summary>
    Flips,

    /// <summary>Turned by 0, 90, 180 and 270 degrees: four times.</summary>
    Turns,

    /// <summary>The four turns, and each of them mirrored: eight times.</summary>
    All,
}
