namespace ScrollSeg.Segmentation.Metrics.Surfaces;

/// <summary>What of a mask is its surface.</summary>
public enum SurfaceKind
{
    /// <summary>Surface elements between the voxels, each with its area.</summary>
    Elements,

    /// <summary>Foreground voxels with a face that is not shared with another one; each counts 1.</summary>
    BoundaryVoxels,
}
