namespace ScrollSeg.Volumes.Images;

/// <summary>The CRC of PNG chunks: ISO 3309, polynomial 0xEDB88320 reflected (PNG specification, section 5.5).</summary>
internal static class Crc32
{
    private static readonly uint[] Table = BuildTable();

    /// <summary>The state before any byte.</summary>
    public const uint Start = 0xFFFFFFFF;

    /// <summary>The state after more bytes.</summary>
    public static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        uint[] table = Table;
        foreach (byte value in bytes)
        {
            state = table[(byte)(state ^ value)] ^ (state >> 8);
        }

        return state;
    }

    /// <summary>The checksum that belongs to a state.</summary>
    public static uint Finish(uint state) => ~state;

    private static uint[] BuildTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
