using System.Text.Json.Nodes;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>A multiscale image as it is to be declared (NGFF 0.4, "multiscales").</summary>
/// <param name="Name">Shown by viewers.</param>
/// <param name="Levels">The resolutions, finest first.</param>
/// <param name="InMicrometres">Whether scales and translations are micrometres; if not, the axes get no unit.</param>
public sealed record NgffImage(string Name, IReadOnlyList<NgffLevel> Levels, bool InMicrometres)
{
    /// <summary>How coarser levels are made, for example <c>mean</c>. Default not said.</summary>
    public string? DownscaleMethod { get; init; }

    /// <summary>What else to keep with the image; becomes <c>metadata</c> of the multiscales entry. Default nothing.</summary>
    public JsonObject? Extra { get; init; }
}
