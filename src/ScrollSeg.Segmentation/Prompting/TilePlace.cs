namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Where a tile lies in its volume.</summary>
/// <param name="Slice">The slice that its answer is about.</param>
/// <param name="Row">Its first row, along y.</param>
/// <param name="Column">Its first column, along x.</param>
public readonly record struct TilePlace(int Slice, int Row, int Column);
