using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>numcodecs' <c>lz4</c>: the decoded length (32 bits, little-endian), then a bare LZ4 block.</summary>
public sealed class Lz4Codec : ChunkCodec
{
    /// <summary>Keeps the setting for metadata.</summary>
    /// <param name="acceleration">The C encoder's haste. The encoder here knows one speed; the format is the same.</param>
    public Lz4Codec(int acceleration = 1) => Acceleration = acceleration;

    /// <summary>The C encoder's haste, as metadata give it.</summary>
    public int Acceleration { get; }

    /// <inheritdoc/>
    public override string Name => "lz4";

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        if (encoded.Length < sizeof(int))
        {
            throw new InvalidDataException(
                $"lz4 data have {encoded.Length} bytes, their length alone takes {sizeof(int)}.");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(encoded);
        if (length != decoded.Length)
        {
            throw new InvalidDataException(
                $"lz4 data decode to {length} bytes by their first four, expected {decoded.Length}.");
        }

        Lz4Block.Decode(encoded[sizeof(int)..], decoded);
    }

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) =>
        checked(sizeof(int) + Lz4Block.MaxEncodedLength(decodedLength));

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        BinaryPrimitives.WriteInt32LittleEndian(encoded, decoded.Length);
        return sizeof(int) + Lz4Block.Encode(decoded, encoded[sizeof(int)..], LZ4Level.L00_FAST);
    }
}
