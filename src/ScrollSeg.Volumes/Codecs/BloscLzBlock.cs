namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// The format of blosclz (c-blosc's blosclz.c), which is FastLZ's second level: a control byte below 32 opens a run of
/// literals; otherwise its upper three bits begin a match's length and its lower five the distance.
/// </summary>
internal static class BloscLzBlock
{
    /// <summary>Control bytes below this are literal runs of one byte more.</summary>
    private const int MatchControl = 32;

    /// <summary>Distance field, all ones, that announces sixteen further bits of distance.</summary>
    private const int FarDistance = 0x1fff;

    /// <summary>Decodes exactly <paramref name="target"/>.</summary>
    /// <exception cref="InvalidDataException">The block is damaged or decodes to another length.</exception>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int from = 0;
        int to = 0;
        while (from < source.Length)
        {
            // The first control byte is always a literal run: its upper bits hold the format's level.
            int control = to == 0 && from == 0 ? source[from++] & (MatchControl - 1) : source[from++];
            int length;
            if (control < MatchControl)
            {
                length = control + 1;
                Check(length <= source.Length - from && length <= target.Length - to, from, to, source, target);
                source.Slice(from, length).CopyTo(target[to..]);
                from += length;
            }
            else
            {
                length = MatchLength(source, ref from, control, to, target);
                int distance = MatchDistance(source, ref from, control, to, target);
                Check(distance <= to && length <= target.Length - to, from, to, source, target);
                CopyMatch(target, to, distance, length);
            }

            to += length;
        }

        Check(to == target.Length, from, to, source, target);
    }

    private static int MatchLength(ReadOnlySpan<byte> source, ref int from, int control, int to, Span<byte> target)
    {
        int length = (control >> 5) + 2;
        if (control >> 5 < 7)
        {
            return length;
        }

        int more;
        do
        {
            Check(from < source.Length && length <= target.Length, from, to, source, target);
            more = source[from++];
            length += more;
        }
        while (more == byte.MaxValue);

        return length;
    }

    private static int MatchDistance(ReadOnlySpan<byte> source, ref int from, int control, int to, Span<byte> target)
    {
        Check(from < source.Length, from, to, source, target);
        int distance = (control & (MatchControl - 1)) << 8 | source[from++];
        if (distance == FarDistance)
        {
            Check(from + 1 < source.Length, from, to, source, target);
            distance += source[from] << 8 | source[from + 1];
            from += 2;
        }

        return distance + 1;
    }

    private static void CopyMatch(Span<byte> target, int to, int distance, int length)
    {
        if (distance == 1)
        {
            target.Slice(to, length).Fill(target[to - 1]);
            return;
        }

        // A match may reach into what it writes: each round copies what is there, and so doubles it.
        int done = 0;
        while (done < length)
        {
            int round = Math.Min(length - done, distance + done);
            target.Slice(to - distance, round).CopyTo(target.Slice(to + done, round));
            done += round;
        }
    }

    private static void Check(bool holds, int from, int to, ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (!holds)
        {
            throw new InvalidDataException(
                $"blosclz block is damaged at byte {from} of {source.Length}, after {to} of {target.Length} bytes.");
        }
    }
}
