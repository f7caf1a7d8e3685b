using System.Buffers;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>
/// The bitshuffle filter (kiyo-masui/bitshuffle, <c>bshuf_h5filter.c</c>): blocks of elements, each shuffled by bits and,
/// if the settings say so, compressed; what is left behind the last multiple of eight elements stands as it is.
/// </summary>
internal static class BitShuffleHdf5
{
    /// <summary>Shuffling takes eight elements at a time.</summary>
    private const int Multiple = 8;

    /// <summary>Bytes that a block should have if the settings leave that open, and its least number of elements.</summary>
    private const int DefaultBlockBytes = 8192;
    private const int MinBlockElements = 128;

    private const int Lz4 = 2;
    private const int Zstd = 3;

    /// <summary>Decodes a chunk.</summary>
    /// <param name="source">The bytes as stored.</param>
    /// <param name="target">Receives the result.</param>
    /// <param name="parameters">Version (two numbers), bytes per element, elements per block, compression.</param>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<uint> parameters)
    {
        if (parameters.Length < 3 || parameters[2] is 0 or > 4096)
        {
            throw new InvalidDataException("the bitshuffle filter does not say how large an element is.");
        }

        int size = (int)parameters[2];
        uint compression = parameters.Length > 4 ? parameters[4] : 0;
        if (compression is not (0 or Lz4 or Zstd))
        {
            throw new InvalidDataException($"bitshuffle with compression {compression} is not supported; 0 (none), 2 (lz4) and 3 (zstd) are read.");
        }

        int length = source.Length;
        int from = 0;
        long blockElements = parameters.Length > 3 ? parameters[3] : 0;
        if (compression != 0)
        {
            (length, int blockBytes) = Hdf5Filter.BlockHeader(source, target);
            (from, blockElements) = (Hdf5Filter.BlockHeaderBytes, blockBytes / size);
        }

        Hdf5Filter.RequireRoom(length, target);
        if (blockElements == 0)
        {
            blockElements = Math.Max(DefaultBlockBytes / size / Multiple * Multiple, MinBlockElements);
        }

        int block = (int)Math.Min(blockElements, length / size) / Multiple * Multiple;
        if (block == 0 && length / size >= Multiple)
        {
            throw new InvalidDataException($"bitshuffle's blocks have {blockElements} elements, fewer than {Multiple}.");
        }

        DecodeBlocks(source, from, target[..length], size, block, compression);
        return length;
    }

    private static void DecodeBlocks(ReadOnlySpan<byte> source, int from, Span<byte> target, int size, int blockElements, uint compression)
    {
        int elements = target.Length / size / Multiple * Multiple;
        byte[] scratch = ArrayPool<byte>.Shared.Rent(Math.Max(1, blockElements * size));
        try
        {
            for (int first = 0; first < elements; first += blockElements)
            {
                int count = Math.Min(blockElements, elements - first);
                Span<byte> decoded = target.Slice(first * size, count * size);
                Span<byte> shuffled = scratch.AsSpan(0, count * size);
                Unpack(source, ref from, shuffled, compression);
                BitShuffle.Undo(shuffled, decoded, size);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        Span<byte> rest = target[(elements * size)..];
        Take(source, ref from, rest.Length).CopyTo(rest);
        if (from != source.Length)
        {
            throw new InvalidDataException($"{source.Length - from} bytes follow the last block.");
        }
    }

    private static void Unpack(ReadOnlySpan<byte> source, ref int from, Span<byte> shuffled, uint compression)
    {
        switch (compression)
        {
            case Lz4:
                Lz4Block.Decode(Hdf5Filter.NextBlock(source, ref from), shuffled);
                break;
            case Zstd:
                ZstdFrame.Decode(Hdf5Filter.NextBlock(source, ref from), shuffled);
                break;
            default:
                Take(source, ref from, shuffled.Length).CopyTo(shuffled);
                break;
        }
    }

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> source, ref int from, int length)
    {
        if (length > source.Length - from)
        {
            throw new InvalidDataException($"{source.Length} bytes end before the last {length} of them that are needed.");
        }

        ReadOnlySpan<byte> taken = source.Slice(from, length);
        from += length;
        return taken;
    }
}
