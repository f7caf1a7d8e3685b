namespace ScrollSeg.Volumes.Tiff;

/// <summary>Undoes <see cref="LzwEncoder"/>: codes from the high-order bit, 9 to 12 bits, one code wider one code early
/// (TIFF 6.0, section 13).</summary>
internal static class LzwDecoder
{
    private const int Clear = 256;
    private const int EndOfInformation = 257;
    private const int FirstFree = 258;
    private const int TableSize = 4096;
    private const int MinWidth = 9;
    private const int MaxWidth = 12;

    /// <summary>Decodes exactly <paramref name="decoded"/>.</summary>
    /// <exception cref="InvalidDataException">The data are damaged or end early.</exception>
    public static void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        // each entry is a stretch of what is decoded already: where it begins and how long it is
        Span<int> starts = new int[TableSize];
        Span<int> lengths = new int[TableSize];
        int next = FirstFree;
        int width = MinWidth;
        int previous = -1;
        int previousStart = 0;
        long bit = 0;
        int to = 0;
        while (to < decoded.Length)
        {
            int code = ReadCode(encoded, bit, width, to, decoded.Length);
            bit += width;
            if (code == Clear)
            {
                (next, width, previous) = (FirstFree, MinWidth, -1);
                continue;
            }

            if (code == EndOfInformation || code > next || (code == next && previous < 0) || (previous < 0 && code >= FirstFree))
            {
                throw Damaged(to, decoded.Length);
            }

            int start = to;
            int previousLength = previous < 0 ? 0 : previous < Clear ? 1 : lengths[previous];
            int length = code < Clear ? 1 : code == next ? previousLength + 1 : lengths[code];
            int from = code == next ? previousStart : code < Clear ? 0 : starts[code];
            for (int i = 0; i < length && to < decoded.Length; i++)
            {
                decoded[to++] = code < Clear ? (byte)code : decoded[from + i];
            }

            if (previous >= 0 && next < TableSize)
            {
                (starts[next], lengths[next]) = (previousStart, previousLength + 1);
                next++;
            }

            (previous, previousStart) = (code, start);
            width = next + 1 >= 1 << width && width < MaxWidth ? width + 1 : width;
        }
    }

    private static int ReadCode(ReadOnlySpan<byte> encoded, long bit, int width, int written, int expected)
    {
        long end = (bit + width + 7) / 8;
        if (end > encoded.Length)
        {
            throw Damaged(written, expected);
        }

        int window = 0;
        int first = (int)(bit / 8);
        for (int i = 0; i < 3; i++)
        {
            window = (window << 8) | (first + i < encoded.Length ? encoded[first + i] : 0);
        }

        return (window >> (24 - width - (int)(bit % 8))) & ((1 << width) - 1);
    }

    private static InvalidDataException Damaged(int written, int expected) =>
        new($"LZW data are damaged, or end, after {written} of {expected} bytes.");
}
