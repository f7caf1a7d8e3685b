namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>Points spread evenly over a square of side 1, each in the middle of its cell.</summary>
internal static class PointGrid
{
    /// <summary>The points, row by row.</summary>
    public static IEnumerable<(double X, double Y)> Of(int perSide)
    {
        for (int y = 0; y < perSide; y++)
        {
            for (int x = 0; x < perSide; x++)
            {
                yield return ((x + 0.5) / perSide, (y + 0.5) / perSide);
            }
        }
    }
}
