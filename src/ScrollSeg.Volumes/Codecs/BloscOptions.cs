namespace ScrollSeg.Volumes.Codecs;

/// <summary>How to write Blosc frames. Reading needs none of it: a frame describes itself.</summary>
public sealed record BloscOptions
{
    /// <summary>What compresses the blocks. <see cref="BloscCompressor.Lz4"/>.</summary>
    public BloscCompressor Compressor { get; init; } = BloscCompressor.Lz4;

    /// <summary>Effort, 0 (stored) to 9. 5.</summary>
    public int Level
    {
        get;
        init => field = value is >= 0 and <= 9
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Level), value, "A Blosc level is 0 to 9.");
    } = 5;

    /// <summary>How elements are rearranged first. <see cref="BloscShuffle.Byte"/>.</summary>
    public BloscShuffle Shuffle
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Shuffle), value, "A Blosc shuffle is -1, 0, 1 or 2.");
    } = BloscShuffle.Byte;

    /// <summary>Bytes per element, 1 to 255. 1, with which byte shuffle does nothing.</summary>
    public int ElementSize
    {
        get;
        init => field = value is >= 1 and <= 255
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ElementSize), value, "A Blosc element has 1 to 255 bytes.");
    } = 1;

    /// <summary>Bytes that are shuffled and compressed as one piece. 0: chosen to fit a processor's second-level
    /// cache.</summary>
    public int BlockSize
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(BlockSize), value, "A Blosc block has 0 or more bytes.");
    }

    /// <summary><see cref="Shuffle"/> with <see cref="BloscShuffle.Auto"/> resolved.</summary>
    internal BloscShuffle EffectiveShuffle => Shuffle switch
    {
        BloscShuffle.Auto => ElementSize == 1 ? BloscShuffle.Bit : BloscShuffle.Byte,
        BloscShuffle.Byte when ElementSize == 1 => BloscShuffle.None,
        _ => Shuffle,
    };
}
