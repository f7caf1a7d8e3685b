using System.Runtime.InteropServices;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Tiff;

public sealed class PackedSamplesTests
{
    [Fact]
    public void Unpack_TwelveBits_TakesTheHighOrderBitsFirst()
    {
        byte[] samples = new byte[6];

        PackedSamples.Unpack([0xab, 0xc1, 0x23, 0xff, 0xf0], 0, 12, 2, samples);

        Assert.Equal([0xabc, 0x123, 0xfff], MemoryMarshal.Cast<byte, ushort>(samples).ToArray());
    }

    [Fact]
    public void Unpack_FromTheMiddleOfAByte_GivesWhatTheWholeRowGives()
    {
        byte[] row = Codecs.ChunkBytes.Random(64, seed: 3);
        for (int bits = 1; bits <= 15; bits++)
        {
            int size = bits <= 8 ? 1 : 2;
            int count = row.Length * 8 / bits;
            byte[] whole = new byte[count * size];
            PackedSamples.Unpack(row, 0, bits, size, whole);
            for (int first = 0; first < count; first++)
            {
                byte[] part = new byte[(count - first) * size];
                PackedSamples.Unpack(row, (long)first * bits, bits, size, part);
                Assert.Equal(whole[(first * size)..], part);
            }

            int expected = 0; // the second sample, bit by bit
            for (int bit = bits; bit < 2 * bits; bit++)
            {
                expected = (expected << 1) | ((row[bit >> 3] >> (7 - (bit & 7))) & 1);
            }

            Assert.Equal(expected, size == 1 ? whole[1] : BitConverter.ToUInt16(whole, 2));
        }
    }
}
