namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>How many pieces, tunnels and cavities a mask has. Its voxels are closed cubes: they touch by faces, edges and corners.
/// </summary>
/// <param name="Components">26-connected components.</param>
/// <param name="Tunnels">Independent loops through which something else could pass.</param>
/// <param name="Cavities">6-connected pieces of background that do not reach the border.</param>
public readonly record struct BettiNumbers(long Components, long Tunnels, long Cavities)
{
    /// <summary>Components minus tunnels plus cavities: the Euler characteristic.</summary>
    public long EulerCharacteristic => Components - Tunnels + Cavities;
}
