namespace ScrollSeg.Volumes.Tiff;

/// <summary>LZW as TIFF writes it: codes from the high-order bit, 9 to 12 bits, one code wider one code early (TIFF 6.0
/// specification, section 13).</summary>
internal static class LzwEncoder
{
    private const int Clear = 256;
    private const int EndOfInformation = 257;
    private const int FirstFree = 258;
    private const int MinWidth = 9;

    /// <summary>The table is cleared before this code is given out, as the specification's example does.</summary>
    private const int TableEnd = 4094;

    private const int TableSize = 1 << 14;

    public static byte[] Encode(ReadOnlySpan<byte> samples)
    {
        BitWriter output = new(samples.Length);
        int[] keys = new int[TableSize];
        short[] codes = new short[TableSize];
        Array.Fill(keys, -1);
        int next = FirstFree;
        int width = MinWidth;
        output.Write(Clear, width);
        int prefix = -1;
        foreach (byte sample in samples)
        {
            if (prefix < 0)
            {
                prefix = sample;
                continue;
            }

            int key = (prefix << 8) | sample;
            int slot = SlotOf(keys, key);
            if (keys[slot] == key)
            {
                prefix = codes[slot];
                continue;
            }

            output.Write(prefix, width);
            keys[slot] = key;
            codes[slot] = (short)next;
            prefix = sample;
            if (++next == TableEnd)
            {
                output.Write(Clear, width);
                Array.Fill(keys, -1);
                (next, width) = (FirstFree, MinWidth);
            }
            else if (next == 1 << width)
            {
                width++; // the reader's table is one entry behind: it changes at 511, 1023, 2047
            }
        }

        if (prefix >= 0)
        {
            output.Write(prefix, width);
            width = next + 1 == 1 << width ? width + 1 : width;
        }

        output.Write(EndOfInformation, width);
        return output.ToArray();
    }

    private static int SlotOf(int[] keys, int key)
    {
        int slot = (int)(((uint)key * 2654435761u) >> 18); // Fibonacci hashing to 14 bits
        while (keys[slot] >= 0 && keys[slot] != key)
        {
            slot = (slot + 1) & (TableSize - 1);
        }

        return slot;
    }

    private sealed class BitWriter(int capacity)
    {
        private readonly List<byte> _bytes = new(Math.Max(16, capacity / 2));
        private uint _bits;
        private int _count;

        public void Write(int code, int width)
        {
            _bits = (_bits << width) | (uint)code;
            _count += width;
            while (_count >= 8)
            {
                _count -= 8;
                _bytes.Add((byte)(_bits >> _count));
            }
        }

        public byte[] ToArray()
        {
            if (_count > 0)
            {
                _bytes.Add((byte)(_bits << (8 - _count)));
                _count = 0;
            }

            return [.. _bytes];
        }
    }
}
