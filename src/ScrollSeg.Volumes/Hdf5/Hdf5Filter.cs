using System.Buffers.Binary;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>Undoes one filter of HDF5's pipeline. Stateless, thread-safe.</summary>
/// <param name="Id">Its number in The HDF Group's registry of filters.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Decode">Decodes a chunk.</param>
internal sealed record Hdf5Filter(ushort Id, string Name, Hdf5Filter.Decoder Decode)
{
    /// <summary>All that are read.</summary>
    public static readonly Hdf5Filter[] All =
    [
        new(1, "deflate", (source, target, _) => Deflate.DecodeAtMost(DeflateWrapping.Zlib, source, target)),
        new(2, "shuffle", Unshuffle),
        new(3, "fletcher32", CheckFletcher32),
        new(307, "bzip2", (source, target, _) => Bzip2Data.Decode(source, target)),
        new(32000, "lzf", (source, target, _) => LzfBlock.Decode(source, target)),
        new(32001, "blosc", DecodeBlosc),
        new(32004, "lz4", DecodeLz4),
        new(32008, "bitshuffle", BitShuffleHdf5.Decode),
        new(32015, "zstd", (source, target, _) => ZstdFrame.DecodeAtMost(source, target)),
    ];

    /// <summary>Decodes a chunk.</summary>
    /// <param name="source">The bytes as stored.</param>
    /// <param name="target">Receives the result.</param>
    /// <param name="parameters">The settings in the dataset's header.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidDataException">The bytes are damaged, or decode to more than there is room for.</exception>
    internal delegate int Decoder(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<uint> parameters);

    /// <summary>The filter in words, for reports.</summary>
    public static string Describe(Hdf5FilterUse use) => use.Id switch
    {
        32001 => "blosc",
        32008 => "bitshuffle" + (use.Parameters.ElementAtOrDefault(4) switch { 2 => "-lz4", 3 => "-zstd", _ => "" }),
        _ => All.FirstOrDefault(filter => filter.Id == use.Id)?.Name ?? NameOfUnknown(use),
    };

    /// <summary>The name of a filter that is not read.</summary>
    public static string NameOfUnknown(Hdf5FilterUse use) => use.Id switch
    {
        4 => "szip (4)",
        5 => "n-bit (5)",
        6 => "scale-offset (6)",
        32013 => "zfp (32013)",
        32017 => "sz (32017)",
        32026 => "blosc2 (32026)",
        _ => $"{(use.Name.Length == 0 ? "unnamed" : use.Name)} ({use.Id})",
    };

    private static int Unshuffle(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<uint> parameters)
    {
        RequireRoom(source.Length, target);
        int size = parameters.Length > 0 && parameters[0] is > 0 and <= 4096
            ? (int)parameters[0]
            : throw new InvalidDataException("the shuffle filter does not say how large an element is.");
        ByteShuffle.Undo(source, target, size);
        return source.Length;
    }

    /// <summary>Fletcher's checksum over big-endian words of 16 bits, behind the bytes it covers (H5checksum.c in HDF5).</summary>
    private static int CheckFletcher32(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<uint> parameters)
    {
        if (source.Length < sizeof(uint))
        {
            throw new InvalidDataException($"{source.Length} bytes are fewer than a Fletcher32 checksum has.");
        }

        ReadOnlySpan<byte> content = source[..^sizeof(uint)];
        RequireRoom(content.Length, target);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(source[^sizeof(uint)..]);
        uint computed = Fletcher32(content);
        uint swapped = ((computed & 0x00ff00ff) << 8) | ((computed >> 8) & 0x00ff00ff); // as HDF5 1.6.2 and older wrote it
        if (stored != computed && stored != swapped)
        {
            throw new InvalidDataException($"the Fletcher32 checksum is 0x{stored:x8}, but that of the {content.Length} bytes is 0x{computed:x8}.");
        }

        content.CopyTo(target);
        return content.Length;
    }

    private static uint Fletcher32(ReadOnlySpan<byte> bytes)
    {
        const int Run = 360; // words after which the second sum could leave 32 bits
        uint low = 0;
        uint high = 0;
        int words = bytes.Length / 2;
        for (int first = 0; first < words; first += Run)
        {
            for (int i = first; i < Math.Min(words, first + Run); i++)
            {
                low += BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]);
                high += low;
            }

            low = (low & 0xffff) + (low >> 16);
            high = (high & 0xffff) + (high >> 16);
        }

        if (bytes.Length % 2 != 0)
        {
            low += (uint)bytes[^1] << 8;
            high += low;
            low = (low & 0xffff) + (low >> 16);
            high = (high & 0xffff) + (high >> 16);
        }

        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
        return (high << 16) | low;
    }

    private static int DecodeBlosc(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<uint> parameters)
    {
        if (source.Length < BloscHeader.Length)
        {
            throw new InvalidDataException($"Blosc frame has {source.Length} bytes, its header alone takes {BloscHeader.Length}.");
        }

        int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(source[4..]), int.MaxValue);
        RequireRoom(length, target);
        BloscDecoder.Decode(source, target[..length]);
        return length;
    }

    /// <summary>The LZ4 filter of The HDF Group's registry: the decoded length (64 bits), the length of a block (32 bits), then
    /// for each block its stored length and it; one stored as long as it decodes to is stored as it is. All big-endian.</summary>
    private static int DecodeLz4(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<uint> parameters)
    {
        (int length, int blockLength) = BlockHeader(source, target);
        int from = BlockHeaderBytes;
        for (int to = 0; to < length; to += blockLength)
        {
            Span<byte> block = target.Slice(to, Math.Min(blockLength, length - to));
            ReadOnlySpan<byte> stored = NextBlock(source, ref from);
            if (stored.Length == block.Length)
            {
                stored.CopyTo(block);
            }
            else
            {
                Lz4Block.Decode(stored, block);
            }
        }

        return length;
    }

    /// <summary>Bytes before the first block in what the filters lz4 and bitshuffle write.</summary>
    internal const int BlockHeaderBytes = sizeof(ulong) + sizeof(uint);

    /// <summary>The decoded length and that of a block.</summary>
    internal static (int Length, int BlockLength) BlockHeader(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.Length < BlockHeaderBytes)
        {
            throw new InvalidDataException($"{source.Length} bytes are fewer than the {BlockHeaderBytes} of the header before the blocks.");
        }

        ulong length = BinaryPrimitives.ReadUInt64BigEndian(source);
        uint blockLength = BinaryPrimitives.ReadUInt32BigEndian(source[sizeof(ulong)..]);
        RequireRoom((long)Math.Min(length, long.MaxValue), target);
        return blockLength == 0 && length > 0
            ? throw new InvalidDataException("the blocks have a length of 0.")
            : ((int)length, (int)Math.Clamp(blockLength, 1, Math.Max(1, length)));
    }

    /// <summary>A block behind its stored length.</summary>
    internal static ReadOnlySpan<byte> NextBlock(ReadOnlySpan<byte> source, ref int from)
    {
        uint length = source.Length - from >= sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(source[from..]) : uint.MaxValue;
        from += sizeof(uint);
        if (length > source.Length - (long)from)
        {
            throw new InvalidDataException($"the block at byte {from} has {length} bytes by its length, behind the end of {source.Length}.");
        }

        ReadOnlySpan<byte> block = source.Slice(from, (int)length);
        from += (int)length;
        return block;
    }

    internal static void RequireRoom(long length, Span<byte> target)
    {
        if (length > target.Length)
        {
            throw new InvalidDataException($"it decodes to {length} bytes, expected at most {target.Length}.");
        }
    }
}
