namespace ScrollSeg.Volumes.Codecs;

/// <summary>The check that every codec makes of the room it is given.</summary>
internal static class EncodedSpan
{
    /// <exception cref="ArgumentException">There is less room than the codec may need.</exception>
    public static void Check(int length, int needed)
    {
        if (length < needed)
        {
            throw new ArgumentException(
                $"There are {length} bytes of room for the encoded bytes, {needed} may be needed.", nameof(length));
        }
    }
}
