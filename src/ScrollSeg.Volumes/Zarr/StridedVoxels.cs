using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Voxels that lie in memory with a step of their own along each axis: a decoded chunk in C or F order, of any rank, of
/// which three axes count.
/// </summary>
/// <param name="elementSize">Bytes per voxel: 1, 2, 4 or 8.</param>
/// <param name="strides">Steps from one voxel to the next along each axis, in voxels.</param>
internal readonly struct StridedVoxels(int elementSize, (int Z, int Y, int X) strides)
{
    /// <summary>Copies a box out of the block into one row-major box of a buffer.</summary>
    /// <param name="block">The block; its first voxel is (0, 0, 0).</param>
    /// <param name="source">The box to copy, in voxels of the block.</param>
    /// <param name="destination">Receives the voxels.</param>
    /// <param name="at">Where the box begins in the destination.</param>
    public void CopyTo(ReadOnlySpan<byte> block, Box3 source, VoxelBuffer destination, (int Z, int Y, int X) at)
    {
        int pitch = destination.Shape.X * elementSize;
        int length = source.Shape.X * elementSize;
        bool planeFitsSpan = destination.Shape.PlaneCount * elementSize <= int.MaxValue;
        for (int z = 0; z < source.Shape.Z; z++)
        {
            // rows are as short as 128 bytes, and a buffer's own checks per row would cost as much as the copy
            Span<byte> plane = planeFitsSpan ? destination.Plane(at.Z + z) : [];
            for (int y = 0; y < source.Shape.Y; y++)
            {
                int first = ((source.Start.Z + z) * strides.Z) + ((source.Start.Y + y) * strides.Y) + (source.Start.X * strides.X);
                Span<byte> row = planeFitsSpan
                    ? plane.Slice(((at.Y + y) * pitch) + (at.X * elementSize), length)
                    : destination.Row(at.Z + z, at.Y + y).Slice(at.X * elementSize, length);
                CopyRow(block[(first * elementSize)..], row, elementSize, strides.X);
            }
        }
    }

    /// <summary>Copies one row whose voxels lie <paramref name="stride"/> voxels apart into a dense one.</summary>
    public static void CopyRow(ReadOnlySpan<byte> source, Span<byte> row, int elementSize, int stride)
    {
        if (stride == 1)
        {
            source[..row.Length].CopyTo(row);
            return;
        }

        switch (elementSize)
        {
            case 1:
                Gather(source, row, stride);
                break;
            case 2:
                Gather(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<byte, ushort>(row), stride);
                break;
            case 4:
                Gather(MemoryMarshal.Cast<byte, uint>(source), MemoryMarshal.Cast<byte, uint>(row), stride);
                break;
            default:
                Gather(MemoryMarshal.Cast<byte, ulong>(source), MemoryMarshal.Cast<byte, ulong>(row), stride);
                break;
        }
    }

    private static void Gather<T>(ReadOnlySpan<T> source, Span<T> row, int stride)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = source[i * stride];
        }
    }
}
