using static TorchSharp.torch;

namespace ScrollSeg.Sam.Adapters;

/// <summary>Brings square maps to another size.</summary>
internal static class MapSize
{
    /// <param name="map"><c>[B, C, h, h]</c>.</param>
    /// <param name="side">The side wanted.</param>
    /// <returns><c>[B, C, side, side]</c>; smoothed where it shrinks.</returns>
    public static Tensor Resize(Tensor map, int side) => map.shape[3] == side
        ? map.alias()
        : nn.functional.interpolate(
            map, [side, side], mode: InterpolationMode.Bilinear, align_corners: false, antialias: side < map.shape[3]);
}
