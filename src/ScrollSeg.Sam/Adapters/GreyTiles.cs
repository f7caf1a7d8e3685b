using System.Runtime.InteropServices;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Adapters;

/// <summary>The one crossing from voxels to tensors.</summary>
internal static class GreyTiles
{
    /// <summary>
    /// Brings voxels to grey values of 0 to 255, not rounded. A voxel that is NaN, which is how float volumes say "no
    /// data", is shown as black; whether it belongs to the output is for the support to say.
    /// </summary>
    /// <returns>On the CPU, <c>[B, k, V, V]</c>.</returns>
    public static Tensor ToTensor(TileBatch tiles)
    {
        using DisposeScope scope = NewDisposeScope();
        Shape3 shape = tiles.Voxels.Shape;
        Tensor grey = empty([shape.Z, shape.Y, shape.X], dtype: float32);
        double[] row = new double[shape.X];
        for (int z = 0; z < shape.Z; z++)
        {
            Span<float> plane = MemoryMarshal.Cast<byte, float>(grey[z].bytes);
            for (int y = 0; y < shape.Y; y++)
            {
                VoxelConversion.ToDouble(tiles.Voxels.Row(z, y), tiles.Voxels.Type, row);
                Fill(row, tiles.RangeOf(z), plane.Slice(y * shape.X, shape.X));
            }
        }

        return grey.view(tiles.Count, tiles.Channels, shape.Y, shape.X).MoveToOuterDisposeScope();
    }

    private static void Fill(ReadOnlySpan<double> voxels, IntensityRange range, Span<float> grey)
    {
        for (int x = 0; x < voxels.Length; x++)
        {
            grey[x] = double.IsNaN(voxels[x]) ? 0 : (float)range.Apply(voxels[x]);
        }
    }
}
