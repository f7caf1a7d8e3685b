using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Blosc's bit shuffle: plane <c>8 j + k</c> holds bit k of byte j of every element, eight elements to a byte, the first
/// lowest. A block whose number of elements is no multiple of eight stays as it is; so do bytes beyond the last whole
/// element.
/// </summary>
/// <remarks>
/// Worked through in tiles: bits to bytes, one plane of bytes per byte of an element, in a buffer that stays in the
/// first-level cache; then <see cref="ByteShuffle"/>'s interleaving. The same steps backwards for shuffling.
/// </remarks>
internal static class BitShuffle
{
    /// <summary>Bytes of the tile, whatever the element's size.</summary>
    private const int TileLength = 8192;

    /// <summary>Elements that a vector of bits from each of eight planes makes.</summary>
    private const int VectorElements = 128;

    /// <summary>Shuffles.</summary>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> target, int elementSize)
    {
        int count = TouchedElements(source, target, elementSize);
        Span<byte> tile = stackalloc byte[TileLength];
        int tileCount = TileElements(elementSize);
        for (int first = 0; first < count; first += tileCount)
        {
            int length = Math.Min(tileCount, count - first);
            ByteShuffle.Separate(source[(first * elementSize)..], tile, length, elementSize, length);
            for (int j = 0; j < elementSize; j++)
            {
                ReadOnlySpan<byte> bytes = tile.Slice(j * length, length);
                Span<byte> bits = target[(j * count + first / 8)..];
                int done = Vector128.IsHardwareAccelerated ? BytesToBits(bytes, bits, count / 8) : 0;
                BytesToBitsScalar(bytes, bits, count / 8, done);
            }
        }
    }

    /// <summary>Unshuffles.</summary>
    public static void Undo(ReadOnlySpan<byte> source, Span<byte> target, int elementSize)
    {
        int count = TouchedElements(source, target, elementSize);
        Span<byte> tile = stackalloc byte[TileLength];
        int tileCount = TileElements(elementSize);
        for (int first = 0; first < count; first += tileCount)
        {
            int length = Math.Min(tileCount, count - first);
            for (int j = 0; j < elementSize; j++)
            {
                ReadOnlySpan<byte> bits = source[(j * count + first / 8)..];
                Span<byte> bytes = tile.Slice(j * length, length);
                int done = Vector128.IsHardwareAccelerated ? BitsToBytes(bits, count / 8, bytes) : 0;
                BitsToBytesScalar(bits, count / 8, bytes, done);
            }

            ByteShuffle.Interleave(tile, length, target[(first * elementSize)..], elementSize, length);
        }
    }

    /// <summary>One plane of bytes to eight of bits, from the element <paramref name="first"/> on.</summary>
    /// <param name="bytes">One byte per element.</param>
    /// <param name="bits">Receives the planes.</param>
    /// <param name="stride">Bytes from one plane of bits to the next.</param>
    /// <param name="first">Element to start with, a multiple of eight.</param>
    internal static void BytesToBitsScalar(ReadOnlySpan<byte> bytes, Span<byte> bits, int stride, int first)
    {
        for (int i = first; i < bytes.Length; i += 8)
        {
            ulong square = TransposeBits(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]));
            for (int k = 0; k < 8; k++)
            {
                bits[k * stride + i / 8] = (byte)(square >> (8 * k));
            }
        }
    }

    /// <summary>Eight planes of bits to one of bytes, from the element <paramref name="first"/> on.</summary>
    internal static void BitsToBytesScalar(ReadOnlySpan<byte> bits, int stride, Span<byte> bytes, int first)
    {
        for (int i = first; i < bytes.Length; i += 8)
        {
            ulong square = 0;
            for (int k = 0; k < 8; k++)
            {
                square |= (ulong)bits[k * stride + i / 8] << (8 * k);
            }

            BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], TransposeBits(square));
        }
    }

    /// <summary><see cref="BytesToBitsScalar"/>, 16 elements at a time: a vector's sign bits are two bytes of a
    /// plane.</summary>
    /// <returns>Elements done.</returns>
    private static int BytesToBits(ReadOnlySpan<byte> bytes, Span<byte> bits, int stride)
    {
        int done = bytes.Length / Vector128<byte>.Count * Vector128<byte>.Count;
        for (int i = 0; i < done; i += Vector128<byte>.Count)
        {
            Vector128<byte> values = Vector128.Create(bytes.Slice(i, Vector128<byte>.Count));
            for (int k = 7; k >= 0; k--)
            {
                ushort signs = (ushort)values.ExtractMostSignificantBits();
                BinaryPrimitives.WriteUInt16LittleEndian(bits[(k * stride + i / 8)..], signs);
                values += values;
            }
        }

        return done;
    }

    /// <summary><see cref="BitsToBytesScalar"/>, 128 elements at a time.</summary>
    /// <returns>Elements done.</returns>
    private static int BitsToBytes(ReadOnlySpan<byte> bits, int stride, Span<byte> bytes)
    {
        int done = bytes.Length / VectorElements * VectorElements;
        if (done == 0)
        {
            return 0;
        }

        ref byte from = ref MemoryMarshal.GetReference(bits[..(7 * stride + done / 8)]);
        ref byte to = ref MemoryMarshal.GetReference(bytes[..done]);
        for (int i = 0; i < done; i += VectorElements)
        {
            BytePlanes.Octet squares = BytePlanes.Zip(BytePlanes.Octet.Load(ref from, (nuint)i / 8, (nuint)stride));
            new BytePlanes.Octet(
                TransposeBits(squares.V0), TransposeBits(squares.V1),
                TransposeBits(squares.V2), TransposeBits(squares.V3),
                TransposeBits(squares.V4), TransposeBits(squares.V5),
                TransposeBits(squares.V6), TransposeBits(squares.V7))
                .Store(ref to, (nuint)i, (nuint)Vector128<byte>.Count);
        }

        return done;
    }

    /// <summary>Transposes 8 x 8 bits, byte by byte from the lowest, by swapping ever larger squares across the diagonal
    /// (Warren, Hacker's Delight, 2nd edition, section 7-3).</summary>
    private static ulong TransposeBits(ulong square)
    {
        ulong swap = (square ^ (square >> 7)) & 0x00AA00AA00AA00AA;
        square ^= swap ^ (swap << 7);
        swap = (square ^ (square >> 14)) & 0x0000CCCC0000CCCC;
        square ^= swap ^ (swap << 14);
        swap = (square ^ (square >> 28)) & 0x00000000F0F0F0F0;
        return square ^ swap ^ (swap << 28);
    }

    private static Vector128<byte> TransposeBits(Vector128<byte> squares)
    {
        Vector128<ulong> square = squares.AsUInt64();
        Vector128<ulong> swap = (square ^ (square >> 7)) & Vector128.Create(0x00AA00AA00AA00AAUL);
        square ^= swap ^ (swap << 7);
        swap = (square ^ (square >> 14)) & Vector128.Create(0x0000CCCC0000CCCCUL);
        square ^= swap ^ (swap << 14);
        swap = (square ^ (square >> 28)) & Vector128.Create(0x00000000F0F0F0F0UL);
        return (square ^ swap ^ (swap << 28)).AsByte();
    }

    /// <summary>Whole vectors where one fits into the tile, else at least a multiple of eight.</summary>
    private static int TileElements(int elementSize)
    {
        int unit = TileLength / elementSize >= VectorElements ? VectorElements : 8;
        return TileLength / elementSize / unit * unit;
    }

    /// <summary>Copies what the shuffle leaves alone.</summary>
    /// <returns>Number of elements that it does not.</returns>
    private static int TouchedElements(ReadOnlySpan<byte> source, Span<byte> target, int elementSize)
    {
        int count = source.Length / elementSize;
        int touched = count % 8 == 0 ? count : 0;
        source[(touched * elementSize)..].CopyTo(target[(touched * elementSize)..]);
        return touched;
    }
}
