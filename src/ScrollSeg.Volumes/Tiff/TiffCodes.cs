namespace ScrollSeg.Volumes.Tiff;

/// <summary>Values of the tags Compression, PhotometricInterpretation and SampleFormat.</summary>
internal static class TiffCodes
{
    public const int Uncompressed = 1;
    public const int Fax3 = 3;
    public const int Fax4 = 4;
    public const int Lzw = 5;
    public const int Jpeg = 7;
    public const int Deflate = 8;
    public const int PackBits = 32773;
    public const int OldDeflate = 32946;
    public const int Zstd = 50000;

    public const int MinIsWhite = 0;
    public const int MinIsBlack = 1;
    public const int Rgb = 2;
    public const int PaletteColour = 3;
    public const int YCbCr = 6;

    /// <summary>The compression in words, for messages and reports.</summary>
    public static string NameOf(int compression) => compression switch
    {
        Uncompressed => "none",
        2 => "ccitt-rle",
        Fax3 => "ccitt-fax3",
        Fax4 => "ccitt-fax4",
        Lzw => "lzw",
        6 => "old-jpeg",
        Jpeg => "jpeg",
        Deflate or OldDeflate => "deflate",
        PackBits => "packbits",
        34676 or 34677 => "sgilog",
        34887 => "lerc",
        34925 => "lzma",
        Zstd => "zstd",
        50001 => "webp",
        50002 => "jpeg-xl",
        33003 or 33004 or 33005 or 34712 => "jpeg-2000",
        _ => $"compression {compression}",
    };

    /// <summary>The tag's value for what is written here.</summary>
    public static int Of(TiffCompression compression) => compression switch
    {
        TiffCompression.None => Uncompressed,
        TiffCompression.Lzw => Lzw,
        TiffCompression.Deflate => Deflate,
        TiffCompression.Zstd => Zstd,
        _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, null),
    };

    /// <summary>Bytes that a compression makes of one, at most and a little more.</summary>
    public static long MaxExpansionOf(int compression) => compression switch
    {
        Uncompressed => 1,
        PackBits => 64,
        Deflate or OldDeflate => 1100, // 258 bytes from two bits: 1032
        Lzw => 4096, // a code of 12 bits stands for at most 3838 bytes: 2559
        Jpeg => 4096, // a block of 64 from six bits: 86, with subsampled colours four times that
        _ => 65536, // zstd makes 128 KiB from four bytes, a white fax row of any width from one bit
    };

    /// <summary>The colour space in words.</summary>
    public static string NameOfPhotometric(int photometric) => photometric switch
    {
        MinIsWhite => "min-is-white",
        MinIsBlack => "grey",
        Rgb => "RGB",
        PaletteColour => "palette",
        4 => "transparency mask",
        5 => "CMYK",
        YCbCr => "YCbCr",
        8 or 9 or 10 => "CIE Lab",
        32844 or 32845 => "LogLuv",
        _ => $"photometric {photometric}",
    };
}
