using System.Buffers.Binary;
using System.Text;

namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>Reads the fields of a structure one after the other; nothing beyond its end. All numbers are little-endian.</summary>
/// <param name="file">The file, for the sizes of addresses and for messages.</param>
/// <param name="structure">The structure's name.</param>
/// <param name="start">Its first byte in the file.</param>
/// <param name="bytes">Its bytes.</param>
internal ref struct HeaderReader(HeaderFile file, string structure, long start, ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    public readonly int Left => _bytes.Length - Position;

    public readonly HeaderFile File => file;

    /// <summary>The next byte's place in the file.</summary>
    public readonly long Offset => start + Position;

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > Left)
        {
            throw Damaged($"it needs {count} more bytes, but ends after {Left}.");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public void Skip(long count) => _ = Take(count);

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>A number of up to 8 bytes.</summary>
    public ulong Number(int size)
    {
        ReadOnlySpan<byte> digits = Take(size);
        ulong value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (ulong)digits[i] << (8 * i);
        }

        return value;
    }

    /// <summary>A number of up to 8 bytes that counts something, and so has to fit into 63 bits.</summary>
    public long Count(int size)
    {
        ulong value = Number(size);
        return value <= long.MaxValue ? (long)value : throw Damaged($"{value} is no length or count.");
    }

    /// <summary>A length, as long as the superblock says.</summary>
    public long Length() => Count(file.LengthSize);

    /// <summary>An address as a place in the file; <see cref="HeaderFile.Undefined"/> if it leads nowhere.</summary>
    public long Address()
    {
        ulong value = Number(file.OffsetSize);
        ulong undefined = file.OffsetSize == 8 ? ulong.MaxValue : (1UL << (8 * file.OffsetSize)) - 1;
        return value == undefined ? HeaderFile.Undefined
            : value <= (ulong)(long.MaxValue - file.Start) ? file.Start + (long)value
            : throw Damaged($"the address {value} lies outside the file of {file.Content.Length} bytes; is it truncated?");
    }

    /// <summary>A name that a zero byte ends, or the end of its field.</summary>
    public string Text(long count)
    {
        ReadOnlySpan<byte> text = Take(count);
        int end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    /// <summary>Four letters that tell what a structure is.</summary>
    public void Signature(ReadOnlySpan<byte> expected)
    {
        ReadOnlySpan<byte> found = Take(expected.Length);
        if (!found.SequenceEqual(expected))
        {
            Position -= expected.Length;
            throw Damaged($"expected '{Encoding.Latin1.GetString(expected)}', found 0x{Convert.ToHexStringLower(found)}.");
        }
    }

    /// <summary>A version number.</summary>
    public int Version(int first, int last)
    {
        int version = Byte();
        if (version >= first && version <= last)
        {
            return version;
        }

        Position--;
        throw Damaged($"version {version} is not supported; expected {(first == last ? $"{first}" : $"{first} to {last}")}.");
    }

    /// <summary>A field whose value is known.</summary>
    public readonly void Expect(long expected, long actual, string field)
    {
        if (expected != actual)
        {
            throw Damaged($"{field} is {actual}, expected {expected}.");
        }
    }

    /// <summary>A failure at the next byte.</summary>
    public readonly VolumeFormatException Damaged(string problem) => file.Damaged(structure, Offset, problem);
}
