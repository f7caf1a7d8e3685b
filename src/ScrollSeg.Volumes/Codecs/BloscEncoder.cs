using System.Buffers;
using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Makes Blosc 1 frames. Blocks are never split, which every reader since c-blosc 1.14 understands and is flagged; what
/// does not become smaller is stored.
/// </summary>
internal static class BloscEncoder
{
    /// <summary>Below this a frame is stored, as by c-blosc (MIN_BUFFERSIZE).</summary>
    private const int MinCompressedLength = 128;

    /// <summary>Block for the fast compressor: half of a usual second-level cache, as c-blosc takes at level 5.</summary>
    private const int FastBlockSize = 256 * 1024;

    /// <summary>Block for zlib and zstd, which gain from a longer view.</summary>
    private const int StrongBlockSize = 512 * 1024;

    public static int Encode(BloscOptions options, ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        if (options.Compressor == BloscCompressor.BloscLz)
        {
            throw new NotSupportedException(
                "Blosc frames are read but not written with blosclz: use lz4, lz4hc, zlib or zstd.");
        }

        int blockSize = BlockSizeOf(options, decoded.Length);
        BloscHeader header = new(FlagsOf(options), options.ElementSize, decoded.Length, blockSize, FrameLength: 0);
        bool isCompressed = decoded.Length >= MinCompressedLength && options.Level > 0;
        int length = isCompressed ? Compress(options, header, decoded, encoded) : 0;
        if (length == 0)
        {
            length = BloscHeader.Length + decoded.Length;
            header = header with { Flags = header.Flags | BloscHeader.StoredFlag };
            decoded.CopyTo(encoded[BloscHeader.Length..]);
        }

        (header with { FrameLength = length }).Write(encoded);
        return length;
    }

    /// <summary>Writes table and blocks.</summary>
    /// <returns>Length of the frame; 0 if storing it takes no more.</returns>
    private static int Compress(BloscOptions options, BloscHeader header, ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        Span<byte> room = encoded[..(BloscHeader.Length + decoded.Length)];
        byte[] shuffled = ArrayPool<byte>.Shared.Rent(header.BlockSize);
        try
        {
            int position = BloscHeader.Length + header.BlockCount * sizeof(int);
            for (int block = 0; block < header.BlockCount; block++)
            {
                int from = block * header.BlockSize;
                ReadOnlySpan<byte> source = decoded.Slice(from, Math.Min(header.BlockSize, decoded.Length - from));
                source = Shuffled(header, source, shuffled.AsSpan(0, source.Length));
                if (position + sizeof(int) >= room.Length)
                {
                    return 0;
                }

                BinaryPrimitives.WriteInt32LittleEndian(room[(BloscHeader.Length + block * sizeof(int))..], position);
                int length = CompressBlock(options, source, room[(position + sizeof(int))..]);
                if (length == 0)
                {
                    return 0;
                }

                BinaryPrimitives.WriteInt32LittleEndian(room[position..], length);
                position += sizeof(int) + length;
            }

            return position < room.Length ? position : 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(shuffled);
        }
    }

    private static ReadOnlySpan<byte> Shuffled(BloscHeader header, ReadOnlySpan<byte> block, Span<byte> shuffled)
    {
        switch (header.Shuffle)
        {
            case BloscShuffle.Byte:
                ByteShuffle.Apply(block, shuffled, header.ElementSize);
                return shuffled;
            case BloscShuffle.Bit:
                BitShuffle.Apply(block, shuffled, header.ElementSize);
                return shuffled;
            default:
                return block;
        }
    }

    /// <summary>Compresses a block, or copies it if that takes no more.</summary>
    /// <returns>Bytes written; 0 if not even the copy fits.</returns>
    private static int CompressBlock(BloscOptions options, ReadOnlySpan<byte> block, Span<byte> target)
    {
        // A block that is stored has its own length, so a compressed one must be shorter.
        Span<byte> shorter = target[..Math.Min(target.Length, block.Length - 1)];
        int length = options.Compressor switch
        {
            BloscCompressor.Lz4 => Lz4Block.Encode(block, shorter, LZ4Level.L00_FAST),
            BloscCompressor.Lz4Hc => Lz4Block.Encode(block, shorter, StrongLevelOf(options.Level)),
            BloscCompressor.Zlib => Deflate.Encode(DeflateWrapping.Zlib, block, shorter, options.Level),
            _ => ZstdFrame.Encode(block, shorter, ZstdLevelOf(options.Level), checksum: false),
        };
        if (length > 0)
        {
            return length;
        }

        return block.TryCopyTo(target) ? block.Length : 0;
    }

    private static int FlagsOf(BloscOptions options)
    {
        int compressor = options.Compressor switch
        {
            BloscCompressor.Lz4 or BloscCompressor.Lz4Hc => 1,
            BloscCompressor.Zlib => 3,
            _ => 4,
        };
        int shuffle = options.EffectiveShuffle switch
        {
            BloscShuffle.Byte => BloscHeader.ByteShuffleFlag,
            BloscShuffle.Bit => BloscHeader.BitShuffleFlag,
            _ => 0,
        };
        return compressor << BloscHeader.CompressorShift | BloscHeader.UnsplitFlag | shuffle;
    }

    /// <summary>A multiple of eight elements, which bit shuffle needs, unless the whole is shorter.</summary>
    private static int BlockSizeOf(BloscOptions options, int decodedLength)
    {
        int wanted = options.BlockSize > 0 ? options.BlockSize
            : options.Compressor is BloscCompressor.Zlib or BloscCompressor.Zstd ? StrongBlockSize
            : FastBlockSize;
        int unit = options.ElementSize * 8;
        int rounded = Math.Max(Math.Max(wanted, MinCompressedLength) / unit, 1) * unit;
        return Math.Max(Math.Min(rounded, decodedLength), 1);
    }

    private static LZ4Level StrongLevelOf(int level) => (LZ4Level)Math.Max(level, (int)LZ4Level.L03_HC);

    /// <summary>zstd's level for Blosc's, as c-blosc 1.21 maps it: 1, 3, 5, ... 13, 20, 22.</summary>
    private static int ZstdLevelOf(int level) => level switch
    {
        8 => 20,
        9 => 22,
        _ => level * 2 - 1,
    };
}
