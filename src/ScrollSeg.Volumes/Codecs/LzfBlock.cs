namespace ScrollSeg.Volumes.Codecs;

/// <summary>Blocks of LibLZF, as h5py's <c>lzf</c> filter stores them (liblzf's <c>lzf_d.c</c> is the format's only
/// description).</summary>
/// <remarks>A control byte below 32 stands before that many literals and one more. Any other holds a length in its upper
/// three bits (7: another byte is added) and, with the byte behind, a distance of 13 bits; length + 2 bytes are copied from
/// distance + 1 bytes back, and may overlap what they make.</remarks>
internal static class LzfBlock
{
    private const int FirstReference = 32;
    private const int LongLength = 7;
    private const int MinMatch = 2;

    /// <summary>Decodes a block.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidDataException">The block is damaged, or decodes to more than there is room for.</exception>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int from = 0;
        int to = 0;
        while (from < source.Length)
        {
            int control = source[from++];
            if (control < FirstReference)
            {
                int literals = control + 1;
                if (literals > source.Length - from || literals > target.Length - to)
                {
                    throw Damaged(source, from);
                }

                source.Slice(from, literals).CopyTo(target[to..]);
                (from, to) = (from + literals, to + literals);
                continue;
            }

            int length = control >> 5;
            if (from + (length == LongLength ? 2 : 1) > source.Length)
            {
                throw Damaged(source, from);
            }

            length += MinMatch + (length == LongLength ? source[from++] : 0);
            int start = to - ((control & 0x1f) << 8) - source[from++] - 1;
            if (start < 0 || length > target.Length - to)
            {
                throw Damaged(source, from);
            }

            for (int i = 0; i < length; i++)
            {
                target[to + i] = target[start + i];
            }

            to += length;
        }

        return to;
    }

    private static InvalidDataException Damaged(ReadOnlySpan<byte> source, int at) =>
        new($"LZF block of {source.Length} bytes is damaged at byte {at}, or decodes to more than it should.");
}
