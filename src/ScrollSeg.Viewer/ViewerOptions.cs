namespace ScrollSeg.Viewer;

/// <summary>How a volume is shown.</summary>
public sealed record ViewerOptions
{
    /// <summary>A second volume of the same shape, drawn over the first wherever it is not zero; of an OME-Zarr with
    /// <c>labels/mask</c>, that mask. Default: the mask in the volume itself, if it has one.</summary>
    public string? Over { get; init; }

    /// <summary>TCP port on 127.0.0.1; 0 takes any free one. Default 0.</summary>
    public int Port
    {
        get;
        init => field = value is >= 0 and <= 65535
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Port), value, "A TCP port is 0 (any free one) to 65535.");
    }

    /// <summary>Slices read and encoded at the same time; further requests wait. Each holds some 60 MB at the default
    /// <see cref="MaxSide"/>. Default 4.</summary>
    public int ReadsAtOnce
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ReadsAtOnce), value, "At least one slice has to be read at a time.");
    } = 4;

    /// <summary>Pixels along the longer side of a picture. Of a larger slice a coarser level is shown, or, where there is
    /// none, every n-th voxel. Default 2048.</summary>
    public int MaxSide
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxSide), value, "A picture has at least one pixel.");
    } = 2048;
}
