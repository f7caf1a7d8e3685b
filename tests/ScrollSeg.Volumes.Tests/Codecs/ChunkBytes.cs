namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>Bytes to encode, the same for the same seed.</summary>
internal static class ChunkBytes
{
    /// <summary>Bytes that nothing compresses.</summary>
    public static byte[] Random(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Slowly rising little-endian elements with a few bits of noise, and a stretch of zeros.</summary>
    public static byte[] Smooth(int length, int elementSize, int seed)
    {
        Random random = new(seed);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            int element = i / elementSize;
            long value = element * 3L + random.Next(4);
            int shift = 8 * Math.Min(i % elementSize, 7);
            bytes[i] = element % 1000 < 200 ? (byte)0 : (byte)(value >> shift);
        }

        return bytes;
    }
}
