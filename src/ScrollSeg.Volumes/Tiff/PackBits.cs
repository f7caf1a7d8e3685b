namespace ScrollSeg.Volumes.Tiff;

/// <summary>Run-length coding: TIFF 6.0, section 9.</summary>
internal static class PackBits
{
    /// <summary>Decodes exactly <paramref name="decoded"/>; what follows is left, as libtiff does.</summary>
    /// <exception cref="InvalidDataException">The data end early or run beyond it.</exception>
    public static void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        int from = 0;
        int to = 0;
        while (to < decoded.Length)
        {
            int control = from < encoded.Length ? (sbyte)encoded[from++] : throw Damaged(to, decoded.Length);
            int count = control < 0 ? 1 - control : control + 1;
            if (control == -128)
            {
                continue;
            }

            if (count > decoded.Length - to || (control < 0 ? 1 : count) > encoded.Length - from)
            {
                throw Damaged(to, decoded.Length);
            }

            if (control < 0)
            {
                decoded.Slice(to, count).Fill(encoded[from++]);
            }
            else
            {
                encoded.Slice(from, count).CopyTo(decoded[to..]);
                from += count;
            }

            to += count;
        }
    }

    private static InvalidDataException Damaged(int written, int expected) =>
        new($"PackBits data end after {written} of {expected} bytes, or run beyond them.");
}
