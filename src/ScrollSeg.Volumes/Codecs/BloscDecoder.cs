using System.Buffers;
using System.Buffers.Binary;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Takes a Blosc 1 frame apart. Every offset and length in it is checked against the frame and against the length that
/// the caller expects; no buffer is larger than that.
/// </summary>
/// <remarks>
/// Behind the header lies a table of the blocks' places, counted from the frame's first byte (c-blosc's
/// README_CHUNK_FORMAT says from the table's end; its code, and every frame seen, does as is done here). A block is one
/// or more splits: a length, then so many bytes; a split as long as what it decodes to is stored as it is.
/// </remarks>
internal static class BloscDecoder
{
    private const int Snappy = 2;

    public static void Decode(ReadOnlySpan<byte> frame, Span<byte> decoded)
    {
        BloscHeader header = BloscHeader.Read(frame, decoded.Length);
        if (header.DecodedLength == 0)
        {
            return;
        }

        if (header.IsStored)
        {
            frame[BloscHeader.Length..].CopyTo(decoded);
            return;
        }

        Decompressor decompressor = DecompressorOf(header);
        if (header.Shuffle == BloscShuffle.None)
        {
            DecodeBlocks(frame, header, decompressor, decoded, []);
            return;
        }

        byte[] shuffled = ArrayPool<byte>.Shared.Rent(header.BlockSize);
        try
        {
            DecodeBlocks(frame, header, decompressor, decoded, shuffled.AsSpan(0, header.BlockSize));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(shuffled);
        }
    }

    /// <param name="frame">The frame.</param>
    /// <param name="header">Its header.</param>
    /// <param name="decompressor">What decodes a split.</param>
    /// <param name="decoded">The whole decoded chunk.</param>
    /// <param name="shuffled">Room for one block; empty if blocks are not shuffled.</param>
    private static void DecodeBlocks(
        ReadOnlySpan<byte> frame, BloscHeader header, Decompressor decompressor, Span<byte> decoded, Span<byte> shuffled)
    {
        for (int block = 0; block < header.BlockCount; block++)
        {
            int from = block * header.BlockSize;
            Span<byte> target = decoded.Slice(from, Math.Min(header.BlockSize, decoded.Length - from));
            Span<byte> decompressed = shuffled.IsEmpty ? target : shuffled[..target.Length];
            try
            {
                DecodeBlock(frame, header, block, decompressor, decompressed);
            }
            catch (InvalidDataException damage)
            {
                throw new InvalidDataException($"Blosc block {block} of {header.BlockCount}: {damage.Message}", damage);
            }

            if (header.Shuffle == BloscShuffle.Byte)
            {
                ByteShuffle.Undo(decompressed, target, header.ElementSize);
            }
            else if (header.Shuffle == BloscShuffle.Bit)
            {
                BitShuffle.Undo(decompressed, target, header.ElementSize);
            }
        }
    }

    private static void DecodeBlock(
        ReadOnlySpan<byte> frame, BloscHeader header, int block, Decompressor decompressor, Span<byte> decompressed)
    {
        int tableEnd = BloscHeader.Length + header.BlockCount * sizeof(int);
        int position = BinaryPrimitives.ReadInt32LittleEndian(frame[(BloscHeader.Length + block * sizeof(int))..]);
        if (position < tableEnd || position > frame.Length)
        {
            throw new InvalidDataException($"starts at byte {position}, expected {tableEnd} to {frame.Length}.");
        }

        int splits = header.SplitsOf(isWhole: decompressed.Length == header.BlockSize);
        int splitLength = decompressed.Length / splits;
        if (splitLength * splits != decompressed.Length)
        {
            throw new InvalidDataException($"{decompressed.Length} bytes cannot be {splits} equal splits.");
        }

        for (int split = 0; split < splits; split++)
        {
            ReadOnlySpan<byte> source = SplitAt(frame, ref position);
            Span<byte> target = decompressed.Slice(split * splitLength, splitLength);
            if (source.Length == splitLength)
            {
                source.CopyTo(target);
            }
            else
            {
                decompressor(source, target);
            }
        }
    }

    /// <summary>The bytes of the split whose length is at <paramref name="position"/>, which moves behind them.</summary>
    private static ReadOnlySpan<byte> SplitAt(ReadOnlySpan<byte> frame, ref int position)
    {
        int left = frame.Length - position - sizeof(int);
        int length = left < 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(frame[position..]);
        if (left < 0 || length <= 0 || length > left)
        {
            throw new InvalidDataException(
                $"split at byte {position} has {length} bytes, expected 1 to {left} (the frame has {frame.Length}).");
        }

        ReadOnlySpan<byte> split = frame.Slice(position + sizeof(int), length);
        position += sizeof(int) + length;
        return split;
    }

    private static Decompressor DecompressorOf(BloscHeader header) => header.CompressorCode switch
    {
        0 => BloscLzBlock.Decode,
        1 => Lz4Block.Decode,
        Snappy => throw new InvalidDataException("Blosc frame is compressed with snappy, which is not supported."),
        3 => static (source, target) => Deflate.Decode(DeflateWrapping.Zlib, source, target),
        4 => ZstdFrame.Decode,
        int code => throw new InvalidDataException($"Blosc frame's compressor has the number {code}, expected 0 to 4."),
    };

    /// <summary>Decodes exactly <paramref name="target"/>, or throws <see cref="InvalidDataException"/>.</summary>
    private delegate void Decompressor(ReadOnlySpan<byte> source, Span<byte> target);
}
