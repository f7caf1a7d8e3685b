using System.Buffers.Binary;

namespace ScrollSeg.Volumes.Images;

/// <summary>The chunks IHDR, PLTE and tRNS: how the stored samples become pixels.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="BitDepth">Bits per stored sample.</param>
/// <param name="Colour">What the stored samples mean.</param>
/// <param name="Interlaced">Whether the rows are stored in the seven passes of Adam7.</param>
internal sealed record PngLayout(int Height, int Width, int BitDepth, PngColour Colour, bool Interlaced)
{
    /// <summary>Length of IHDR.</summary>
    public const int HeaderLength = 13;

    /// <summary>Red, green, blue of each palette entry.</summary>
    public byte[] Palette { get; init; } = [];

    /// <summary>The content of tRNS: alpha per palette entry, or one colour of 16-bit samples.</summary>
    public byte[]? Transparency { get; init; }

    /// <summary>Samples per pixel as stored.</summary>
    public int StoredChannels => Colour switch
    {
        PngColour.Rgb => 3,
        PngColour.GreyAlpha => 2,
        PngColour.RgbAlpha => 4,
        _ => 1,
    };

    /// <summary>Samples per pixel after decoding.</summary>
    public int Channels => Colour switch
    {
        PngColour.Palette => 3,
        _ => StoredChannels,
    } + (Transparency is null ? 0 : 1);

    /// <summary>How a sample is stored after decoding.</summary>
    public VoxelType Type => BitDepth == 16 ? VoxelType.UInt16 : VoxelType.UInt8;

    /// <summary>Bytes of the decoded image.</summary>
    public long DecodedBytes => (long)Height * Width * Channels * Type.ByteSize();

    /// <summary>Distance in bytes to the sample that a filter takes as the left neighbour.</summary>
    public int FilterDistance => Math.Max(1, StoredChannels * BitDepth / 8);

    /// <summary>Bytes of a stored row of so many pixels, without its filter byte.</summary>
    public long RowBytes(int pixels) => (((long)pixels * StoredChannels * BitDepth) + 7) / 8;

    /// <summary>What callers see of this.</summary>
    public PngHeader ToHeader() => new(Height, Width, Channels, Type, BitDepth, Interlaced);

    /// <summary>Reads IHDR.</summary>
    /// <exception cref="InvalidDataException">A value that PNG does not have.</exception>
    public static PngLayout Parse(ReadOnlySpan<byte> header)
    {
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        (byte depth, byte colour, byte compression, byte filter, byte interlace) =
            (header[8], header[9], header[10], header[11], header[12]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"an extent of {height} x {width} pixels; 1 to 2147483647 are possible");
        }

        if (!IsDepthOf((PngColour)colour, depth))
        {
            throw new InvalidDataException($"bit depth {depth} with colour type {colour}, which PNG does not have");
        }

        if (compression != 0 || filter != 0 || interlace > 1)
        {
            throw new InvalidDataException(
                $"compression {compression}, filter {filter}, interlace {interlace}; known are 0, 0 and 0 or 1");
        }

        return new PngLayout((int)height, (int)width, depth, (PngColour)colour, interlace == 1);
    }

    private static bool IsDepthOf(PngColour colour, byte depth) => colour switch
    {
        PngColour.Grey => depth is 1 or 2 or 4 or 8 or 16,
        PngColour.Palette => depth is 1 or 2 or 4 or 8,
        PngColour.Rgb or PngColour.GreyAlpha or PngColour.RgbAlpha => depth is 8 or 16,
        _ => false,
    };
}
