using System.Runtime.InteropServices;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Adapters;

/// <summary>The one crossing from voxels to tensors. Voxels of 8 and 16 bits travel to the device as they are, and become
/// grey values there by a table: half or a quarter of the bytes, and the same values to the bit on any device.</summary>
internal static class GreyTiles
{
    /// <summary>Copies a batch into a tensor.</summary>
    /// <returns>On the CPU, <c>[B, k, V, V]</c>: raw for voxels of 8 and 16 bits (unsigned ones of 16 in the bits of signed
    /// ones), for others, and where slices have ranges of their own, grey values of 0 to 255.</returns>
    public static Tensor ToTensor(TileBatch tiles)
    {
        using DisposeScope scope = NewDisposeScope();
        Shape3 shape = tiles.Voxels.Shape;
        ScalarType type = tiles.Ranges is null ? RawType(tiles.Voxels.Type) : ScalarType.Float32; // one table serves one range
        Tensor tensor = empty([shape.Z, shape.Y, shape.X], dtype: type);
        if (type == ScalarType.Float32)
        {
            FillGrey(tiles, tensor);
        }
        else
        {
            for (int z = 0; z < shape.Z; z++)
            {
                tiles.Voxels.Plane(z).CopyTo(tensor[z].bytes);
            }
        }

        return tensor.view(tiles.Count, tiles.Channels, shape.Y, shape.X).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Brings voxels to grey values of 0 to 255, not rounded. A voxel that is NaN, which is how float volumes say "no
    /// data", is shown as black; whether it belongs to the output is for the support to say.
    /// </summary>
    /// <param name="tensor">What <see cref="ToTensor"/> gave, or part of its batch, on any device.</param>
    /// <param name="tiles">Says what the voxels mean.</param>
    /// <returns>On the same device, <c>[B, k, V, V]</c>.</returns>
    public static Tensor ToGrey(Tensor tensor, TileBatch tiles)
    {
        if (tensor.dtype == ScalarType.Float32)
        {
            return tensor.alias();
        }

        using DisposeScope scope = NewDisposeScope();
        int values = tensor.dtype == ScalarType.Int16 ? 1 << 16 : 1 << 8;
        long first = tensor.dtype == ScalarType.Byte ? 0 : -values / 2;
        float[] table = new float[values];
        for (int i = 0; i < values; i++)
        {
            table[i] = (float)tiles.Range.Apply(Value(first + i, tiles.Voxels.Type));
        }

        Tensor offset = torch.tensor((int)-first, device: tensor.device);
        Tensor index = tensor.to(ScalarType.Int32).Plus(offset).flatten();
        return torch.tensor(table, device: tensor.device)
            .index_select(0, index)
            .view(tensor.shape).MoveToOuterDisposeScope();
    }

    private static ScalarType RawType(VoxelType type) => type switch
    {
        VoxelType.UInt8 => ScalarType.Byte,
        VoxelType.Int8 => ScalarType.Int8,
        VoxelType.UInt16 or VoxelType.Int16 => ScalarType.Int16,
        _ => ScalarType.Float32,
    };

    /// <summary>libtorch has no arithmetic on unsigned 16-bit numbers, so they pass as signed ones.</summary>
    private static long Value(long raw, VoxelType type) => type == VoxelType.UInt16 ? (ushort)raw : raw;

    private static void FillGrey(TileBatch tiles, Tensor grey)
    {
        Shape3 shape = tiles.Voxels.Shape;
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
    }

    private static void Fill(ReadOnlySpan<double> voxels, IntensityRange range, Span<float> grey)
    {
        for (int x = 0; x < voxels.Length; x++)
        {
            grey[x] = double.IsNaN(voxels[x]) ? 0 : (float)range.Apply(voxels[x]);
        }
    }
}
