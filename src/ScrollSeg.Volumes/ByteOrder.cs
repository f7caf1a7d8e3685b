using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes;

/// <summary>Between a file's byte order and the machine's.</summary>
internal static class ByteOrder
{
    /// <summary>Reverses the bytes of each element, in place.</summary>
    /// <param name="elements">A whole number of elements.</param>
    /// <param name="size">Bytes per element: 2, 4 or 8; anything else is left as it is.</param>
    public static void Reverse(Span<byte> elements, int size)
    {
        switch (size)
        {
            case 2:
                Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(elements);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<uint> four = MemoryMarshal.Cast<byte, uint>(elements);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(elements);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
            default:
                break;
        }
    }
}
