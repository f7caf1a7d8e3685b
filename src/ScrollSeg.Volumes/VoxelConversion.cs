using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes;

/// <summary>Raw voxels to floating point, exact up to the target's precision.</summary>
public static class VoxelConversion
{
    /// <summary>Converts voxels to single precision.</summary>
    /// <param name="voxels">Raw voxels in native byte order.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="destination">Receives one number per voxel.</param>
    public static void ToSingle(ReadOnlySpan<byte> voxels, VoxelType type, Span<float> destination) => Convert(voxels, type, destination);

    /// <summary>Converts voxels to double precision.</summary>
    /// <param name="voxels">Raw voxels in native byte order.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="destination">Receives one number per voxel.</param>
    public static void ToDouble(ReadOnlySpan<byte> voxels, VoxelType type, Span<double> destination) => Convert(voxels, type, destination);

    private static void Convert<T>(ReadOnlySpan<byte> voxels, VoxelType type, Span<T> destination)
        where T : struct, System.Numerics.INumberBase<T>
    {
        switch (type)
        {
            case VoxelType.UInt8 or VoxelType.Bool:
                TensorPrimitives.ConvertTruncating(voxels, destination);
                break;
            case VoxelType.UInt16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(voxels), destination);
                break;
            case VoxelType.UInt32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, uint>(voxels), destination);
                break;
            case VoxelType.UInt64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ulong>(voxels), destination);
                break;
            case VoxelType.Int8:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, sbyte>(voxels), destination);
                break;
            case VoxelType.Int16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, short>(voxels), destination);
                break;
            case VoxelType.Int32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, int>(voxels), destination);
                break;
            case VoxelType.Int64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, long>(voxels), destination);
                break;
            case VoxelType.Float16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, Half>(voxels), destination);
                break;
            case VoxelType.Float32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, float>(voxels), destination);
                break;
            case VoxelType.Float64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(voxels), destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }
}
