using System.Buffers.Binary;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// The 16 bytes that open a Blosc 1 frame: format version, compressor's format version, flags, element size; then
/// decoded length, block size and frame length, each 32 bits, little-endian. As c-blosc 1.21 writes and checks them.
/// </summary>
/// <param name="Flags">Shuffles, stored, split and compressor, see the constants.</param>
/// <param name="ElementSize">Bytes per element, 1 to 255.</param>
/// <param name="DecodedLength">Bytes of the whole, decoded.</param>
/// <param name="BlockSize">Bytes per block, decoded; the last may be shorter.</param>
/// <param name="FrameLength">Bytes of the whole frame, header included.</param>
internal readonly record struct BloscHeader(int Flags, int ElementSize, int DecodedLength, int BlockSize, int FrameLength)
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 16;

    /// <summary>Largest decoded length that c-blosc takes: 2^31 - 1 less the header.</summary>
    public const int MaxDecodedLength = int.MaxValue - Length;

    public const int ByteShuffleFlag = 0x01;
    public const int StoredFlag = 0x02;
    public const int BitShuffleFlag = 0x04;
    public const int ReservedFlag = 0x08;
    public const int UnsplitFlag = 0x10;
    public const int CompressorShift = 5;

    private const byte FormatVersion = 2;
    private const byte CompressorVersion = 1;

    /// <summary>Blocks are split per byte of an element only while a split has at least so many bytes.</summary>
    private const int MinSplitLength = 128;

    /// <summary>Elements larger than this are never split.</summary>
    private const int MaxSplits = 16;

    /// <summary>Whether the bytes lie in the frame as they are, neither shuffled nor compressed.</summary>
    public bool IsStored => (Flags & StoredFlag) != 0;

    /// <summary>Number of blocks.</summary>
    public int BlockCount => (int)(((long)DecodedLength + BlockSize - 1) / BlockSize);

    /// <summary>Number of the compressor's format: 0 blosclz, 1 lz4, 2 snappy, 3 zlib, 4 zstd.</summary>
    public int CompressorCode => Flags >> CompressorShift;

    /// <summary>What has to be undone after decompression.</summary>
    public BloscShuffle Shuffle =>
        (Flags & ByteShuffleFlag) != 0 ? (ElementSize > 1 ? BloscShuffle.Byte : BloscShuffle.None)
        : (Flags & BitShuffleFlag) != 0 ? BloscShuffle.Bit
        : BloscShuffle.None;

    /// <summary>Number of separately compressed pieces of a block.</summary>
    /// <param name="isWhole">Whether the block is a full one, not the shorter one at the end.</param>
    public int SplitsOf(bool isWhole) =>
        (Flags & UnsplitFlag) == 0 && isWhole && ElementSize <= MaxSplits && BlockSize / ElementSize >= MinSplitLength
            ? ElementSize
            : 1;

    /// <summary>Reads and checks the header.</summary>
    /// <param name="frame">The whole frame.</param>
    /// <param name="decodedLength">The decoded length that the caller knows from elsewhere.</param>
    public static BloscHeader Read(ReadOnlySpan<byte> frame, int decodedLength)
    {
        if (frame.Length < Length)
        {
            throw new InvalidDataException($"Blosc frame has {frame.Length} bytes, its header alone takes {Length}.");
        }

        uint nbytes = BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]);
        uint blockSize = BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]);
        uint frameLength = BinaryPrimitives.ReadUInt32LittleEndian(frame[12..]);
        string? problem =
            frame[0] != FormatVersion ? $"format version (byte 0) is {frame[0]}, expected {FormatVersion}"
            : frameLength != frame.Length ? $"frame length (byte 12) is {frameLength}, but there are {frame.Length} bytes"
            : nbytes != decodedLength ? $"decoded length (byte 4) is {nbytes}, expected {decodedLength}"
            : null;
        if (problem is null && nbytes != 0)
        {
            problem = ProblemOfContent(frame, nbytes, blockSize);
        }

        return problem is null
            ? new BloscHeader(frame[2], frame[3], (int)nbytes, (int)Math.Min(blockSize, int.MaxValue), (int)frameLength)
            : throw new InvalidDataException($"Blosc header: {problem}.");
    }

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> frame)
    {
        frame[0] = FormatVersion;
        frame[1] = CompressorVersion;
        frame[2] = (byte)Flags;
        frame[3] = (byte)ElementSize;
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], DecodedLength);
        BinaryPrimitives.WriteInt32LittleEndian(frame[8..], BlockSize);
        BinaryPrimitives.WriteInt32LittleEndian(frame[12..], FrameLength);
    }

    /// <summary>What is wrong with the fields that matter only when there is something to decode.</summary>
    private static string? ProblemOfContent(ReadOnlySpan<byte> frame, uint nbytes, uint blockSize)
    {
        bool isStored = (frame[2] & StoredFlag) != 0;
        return
            frame[1] != CompressorVersion ? $"compressor's version (byte 1) is {frame[1]}, expected {CompressorVersion}"
            : (frame[2] & ReservedFlag) != 0 ? $"flags (byte 2) are 0x{frame[2]:x2}, bit 0x{ReservedFlag:x2} must be clear"
            : frame[3] == 0 ? "element size (byte 3) is 0"
            : isStored && frame.Length - Length != nbytes
                ? $"{nbytes} bytes stored as they are make {nbytes + (long)Length} bytes, but there are {frame.Length}"
            : isStored ? null
            : blockSize == 0 || blockSize > nbytes ? $"block size (byte 8) is {blockSize}, expected 1 to {nbytes}"
            : (nbytes + (long)blockSize - 1) / blockSize > (frame.Length - Length) / sizeof(int)
                ? $"{nbytes} bytes in blocks of {blockSize} need a longer table than {frame.Length} bytes hold"
            : null;
    }
}
