using System.Buffers.Binary;
using System.Numerics;

namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>The checksum at the end of structures: Bob Jenkins' hash lookup3 (<c>hashlittle</c>, 2006), started at 0.</summary>
internal static class Lookup3
{
    /// <summary>Compares a structure's last four bytes with the checksum of the others.</summary>
    /// <exception cref="VolumeFormatException">They differ.</exception>
    public static void Check(HeaderFile file, string structure, long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(uint))
        {
            throw file.Damaged(structure, offset, $"{bytes.Length} bytes are fewer than a checksum has.");
        }

        Compare(file, structure, offset, BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]), Of(bytes[..^sizeof(uint)]));
    }

    /// <summary>Compares a checksum.</summary>
    public static void Compare(HeaderFile file, string structure, long offset, uint stored, uint computed)
    {
        if (stored != computed)
        {
            throw file.Damaged(structure, offset, $"the checksum is 0x{stored:x8}, but that of its bytes is 0x{computed:x8}.");
        }
    }

    /// <summary>Computes the checksum.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint a = 0xdeadbeef + (uint)bytes.Length;
        uint b = a;
        uint c = a;
        if (bytes.IsEmpty)
        {
            return c;
        }

        while (bytes.Length > 12)
        {
            Add(bytes[..12], ref a, ref b, ref c);
            Mix(ref a, ref b, ref c);
            bytes = bytes[12..];
        }

        Span<byte> last = stackalloc byte[12];
        last.Clear();
        bytes.CopyTo(last);
        Add(last, ref a, ref b, ref c);
        return Final(a, b, c);
    }

    private static void Add(ReadOnlySpan<byte> twelve, ref uint a, ref uint b, ref uint c)
    {
        a += BinaryPrimitives.ReadUInt32LittleEndian(twelve);
        b += BinaryPrimitives.ReadUInt32LittleEndian(twelve[4..]);
        c += BinaryPrimitives.ReadUInt32LittleEndian(twelve[8..]);
    }

    private static void Mix(ref uint a, ref uint b, ref uint c)
    {
        (a, c) = ((a - c) ^ BitOperations.RotateLeft(c, 4), c + b);
        (b, a) = ((b - a) ^ BitOperations.RotateLeft(a, 6), a + c);
        (c, b) = ((c - b) ^ BitOperations.RotateLeft(b, 8), b + a);
        (a, c) = ((a - c) ^ BitOperations.RotateLeft(c, 16), c + b);
        (b, a) = ((b - a) ^ BitOperations.RotateLeft(a, 19), a + c);
        (c, b) = ((c - b) ^ BitOperations.RotateLeft(b, 4), b + a);
    }

    private static uint Final(uint a, uint b, uint c)
    {
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        return (c ^ b) - BitOperations.RotateLeft(b, 24);
    }
}
