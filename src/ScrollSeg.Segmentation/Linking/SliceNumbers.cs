using System.Runtime.InteropServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>Reads numbers of 8, 16 or 32 bits.</summary>
internal static class SliceNumbers
{
    /// <summary>Whether a volume of a type can hold numbers of segments.</summary>
    public static bool Takes(VoxelType type) => type is VoxelType.UInt8 or VoxelType.UInt16 or VoxelType.UInt32;

    /// <summary>Copies a row.</summary>
    public static void Read(VoxelBuffer voxels, int z, int y, Span<uint> numbers)
    {
        Span<byte> row = voxels.Row(z, y);
        switch (voxels.Type)
        {
            case VoxelType.UInt32:
                MemoryMarshal.Cast<byte, uint>(row).CopyTo(numbers);
                break;
            case VoxelType.UInt16:
                Widen(MemoryMarshal.Cast<byte, ushort>(row), numbers);
                break;
            default:
                Widen(row, numbers);
                break;
        }
    }

    private static void Widen<T>(ReadOnlySpan<T> row, Span<uint> numbers)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        for (int x = 0; x < row.Length; x++)
        {
            numbers[x] = uint.CreateTruncating(row[x]);
        }
    }
}
