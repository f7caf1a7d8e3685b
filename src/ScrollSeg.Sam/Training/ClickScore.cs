namespace ScrollSeg.Sam.Training;

/// <summary>How good masks are after some clicks.</summary>
/// <param name="Clicks">Clicks given, N; fewer where the mask was perfect before.</param>
/// <param name="MeanIou">Mean IoU over the objects, of the mask that a user would be shown.</param>
/// <param name="OracleIou">Mean IoU of the best of the masks offered.</param>
/// <param name="Objects">Objects asked for.</param>
public sealed record ClickScore(int Clicks, double MeanIou, double OracleIou, int Objects);
