using System.Buffers.Binary;
using System.Numerics;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// A checksum of 32 bits, little-endian, beside the bytes it covers; a difference is an error. numcodecs and Zarr v3.
/// The encoded form is exactly four bytes longer.
/// </summary>
public sealed class ChecksumFilter : ChunkCodec
{
    private const int Length = sizeof(uint);

    /// <summary>The remainder of each byte, polynomial 0xEDB88320 (RFC 1952, section 8).</summary>
    private static readonly uint[] Crc32Table = [.. Enumerable.Range(0, 256).Select(Crc32OfByte)];

    /// <summary>Sets algorithm and place.</summary>
    /// <param name="algorithm">What is computed.</param>
    /// <param name="atEnd">Whether it stands behind the bytes. If not given: crc32c behind, as numcodecs and Zarr v3
    /// have it, the others before.</param>
    public ChecksumFilter(ChecksumAlgorithm algorithm, bool? atEnd = null)
    {
        Algorithm = algorithm;
        AtEnd = atEnd ?? algorithm == ChecksumAlgorithm.Crc32C;
    }

    /// <summary>What is computed.</summary>
    public ChecksumAlgorithm Algorithm { get; }

    /// <summary>Whether it stands behind the bytes, not before them.</summary>
    public bool AtEnd { get; }

    /// <inheritdoc/>
    public override string Name => Algorithm.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    public override bool IsFixedLength => true;

    /// <inheritdoc/>
    public override int? DecodedLengthOf(int encodedLength) => encodedLength >= Length ? encodedLength - Length : null;

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        if (encoded.Length - Length != decoded.Length)
        {
            throw new InvalidDataException(
                $"{Name}: {encoded.Length} bytes, expected {decoded.Length} and a checksum of {Length}.");
        }

        ReadOnlySpan<byte> content = AtEnd ? encoded[..^Length] : encoded[Length..];
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(AtEnd ? encoded[^Length..] : encoded);
        uint computed = Compute(content);
        if (stored != computed)
        {
            throw new InvalidDataException(
                $"{Name}: the checksum is 0x{stored:x8}, but that of the {content.Length} bytes is 0x{computed:x8}.");
        }

        content.CopyTo(decoded);
    }

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) => checked(decodedLength + Length);

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        decoded.CopyTo(encoded[(AtEnd ? 0 : Length)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(encoded[(AtEnd ? decoded.Length : 0)..], Compute(decoded));
        return decoded.Length + Length;
    }

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public uint Compute(ReadOnlySpan<byte> bytes) => Algorithm switch
    {
        ChecksumAlgorithm.Crc32 => Crc32(bytes),
        ChecksumAlgorithm.Crc32C => Crc32C(bytes),
        _ => Adler32(bytes),
    };

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = Crc32Table[(byte)(crc ^ value)] ^ crc >> 8;
        }

        return ~crc;
    }

    private static uint Crc32OfByte(int value)
    {
        uint crc = (uint)value;
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return crc;
    }

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        // 65521 is the largest prime below 2^16; after 5552 bytes the second sum could leave 32 bits (zlib's NMAX).
        const uint Modulus = 65_521;
        const int Run = 5552;
        uint a = 1;
        uint b = 0;
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> run = bytes[..Math.Min(bytes.Length, Run)];
            foreach (byte value in run)
            {
                a += value;
                b += a;
            }

            a %= Modulus;
            b %= Modulus;
            bytes = bytes[run.Length..];
        }

        return b << 16 | a;
    }
}
