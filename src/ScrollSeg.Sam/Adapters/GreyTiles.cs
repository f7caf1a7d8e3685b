using System.Numerics;
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
        for (int z = 0; z < shape.Z; z++)
        {
            Fill(tiles.Voxels, z, tiles.Range, MemoryMarshal.Cast<byte, float>(grey[z].bytes));
        }

        return grey.view(tiles.Count, tiles.Channels, shape.Y, shape.X).MoveToOuterDisposeScope();
    }

    private static void Fill(VoxelBuffer voxels, int z, IntensityRange range, Span<float> grey)
    {
        switch (voxels.Type)
        {
            case VoxelType.UInt8 or VoxelType.Bool:
                Fill<byte>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.UInt16:
                Fill<ushort>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.UInt32:
                Fill<uint>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.UInt64:
                Fill<ulong>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.Int8:
                Fill<sbyte>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.Int16:
                Fill<short>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.Int32:
                Fill<int>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.Int64:
                Fill<long>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.Float16:
                Fill<Half>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.Float32:
                Fill<float>(voxels.Plane(z), range, grey);
                break;
            case VoxelType.Float64:
                Fill<double>(voxels.Plane(z), range, grey);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(voxels), voxels.Type, null);
        }
    }

    private static void Fill<T>(ReadOnlySpan<byte> bytes, IntensityRange range, Span<float> grey)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> voxels = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < voxels.Length; i++)
        {
            float value = (float)range.Apply(double.CreateTruncating(voxels[i]));
            grey[i] = float.IsNaN(value) ? 0 : value;
        }
    }
}
