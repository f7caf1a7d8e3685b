using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Samples of other than whole bytes, packed without gaps, the high-order bit first (TIFF 6.0, BitsPerSample and
/// FillOrder); their order of bytes is that of the bits, whatever the file's.</summary>
internal static class PackedSamples
{
    /// <summary>Takes samples apart.</summary>
    /// <param name="row">The row as stored.</param>
    /// <param name="firstBit">Where the first wanted sample begins in it.</param>
    /// <param name="bits">Of each sample, 1 to 15.</param>
    /// <param name="size">Bytes of an unpacked sample, 1 or 2.</param>
    /// <param name="samples">Receives them in the machine's byte order.</param>
    public static void Unpack(ReadOnlySpan<byte> row, long firstBit, int bits, int size, Span<byte> samples)
    {
        int next = (int)(firstBit >> 3);
        int skipped = (int)(firstBit & 7);
        uint window = 0;
        int held = 0;
        if (skipped > 0)
        {
            window = row[next++] & (uint)(0xff >> skipped);
            held = 8 - skipped;
        }

        Span<ushort> wide = size == 2 ? MemoryMarshal.Cast<byte, ushort>(samples) : [];
        int count = samples.Length / size;
        for (int i = 0; i < count; i++)
        {
            while (held < bits)
            {
                window = (window << 8) | row[next++];
                held += 8;
            }

            held -= bits;
            uint sample = (window >> held) & ((1u << bits) - 1);
            if (size == 2)
            {
                wide[i] = (ushort)sample;
            }
            else
            {
                samples[i] = (byte)sample;
            }
        }
    }
}
