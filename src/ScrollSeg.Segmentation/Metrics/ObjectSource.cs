namespace ScrollSeg.Segmentation.Metrics;

/// <summary>What the metrics of objects take for objects.</summary>
public enum ObjectSource
{
    /// <summary>The 26-connected components of the masks.</summary>
    Components,

    /// <summary>Voxels of equal value, whatever lies between them.</summary>
    Labels,
}
