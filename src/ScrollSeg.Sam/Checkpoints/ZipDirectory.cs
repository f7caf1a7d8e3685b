using System.Buffers.Binary;
using System.Text;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>Where the entries of a zip archive lie. Every entry must be stored as it is, as PyTorch stores them.</summary>
/// <remarks>Source: APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16.</remarks>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const ushort Zip64Field = 1;
    private const int EndBytes = 22;
    private const int MaxCommentBytes = 65535;
    private const long MaxDirectoryBytes = 64 << 20;

    /// <summary>Lists the entries.</summary>
    /// <exception cref="CheckpointException">The archive is damaged, or an entry is compressed.</exception>
    public static Dictionary<string, ZipEntry> Read(FileBytes file)
    {
        (long offset, long length) = FindDirectory(file);
        byte[] directory = file.Piece(offset, length, MaxDirectoryBytes, "the zip directory");
        Dictionary<string, ZipEntry> entries = [];
        ReadOnlySpan<byte> rest = directory;
        while (rest.Length > 0)
        {
            if (rest.Length < 46 || U32(rest) != CentralSignature)
            {
                throw file.Wrong($"has a zip directory that is damaged at byte {offset + length - rest.Length}.");
            }

            (int nameLength, int extraLength, int commentLength) = (U16(rest[28..]), U16(rest[30..]), U16(rest[32..]));
            int size = 46 + nameLength + extraLength + commentLength;
            if (size > rest.Length)
            {
                throw file.Wrong($"has a zip directory that ends within an entry, at byte {offset + length}.");
            }

            string name = Encoding.UTF8.GetString(rest.Slice(46, nameLength));
            if (!entries.TryAdd(name, ReadEntry(file, name, rest[..size], rest.Slice(46 + nameLength, extraLength))))
            {
                throw file.Wrong($"holds the zip entry {name} twice.");
            }

            rest = rest[size..];
        }

        return entries;
    }

    private static ZipEntry ReadEntry(FileBytes file, string name, ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra)
    {
        (ushort flags, ushort method) = (U16(header[8..]), U16(header[10..]));
        long[] fields = [U32(header[24..]), U32(header[20..]), U32(header[42..])]; // size, packed size, local header
        Widen(fields, extra);
        (long size, long packed, long local) = (fields[0], fields[1], fields[2]);
        if (method != 0 || packed != size || (flags & 1) != 0)
        {
            throw file.Wrong($"holds the zip entry {name} compressed or encrypted (method {method}, {packed} bytes for {size}); "
                + "PyTorch stores tensors as they are, so this is refused unread.");
        }

        byte[] start = file.Piece(local, 30, 30, $"the zip header of {name}");
        if (U32(start) != LocalSignature)
        {
            throw file.Wrong($"has no zip header at byte {local}, where {name} should start.");
        }

        long offset = local + 30 + U16(start.AsSpan(26)) + U16(start.AsSpan(28));
        return size >= 0 && offset <= file.Length - size
            ? new ZipEntry(offset, size)
            : throw file.Wrong($"has {file.Length} bytes, but its entry {name} of {size} bytes starts at {offset}: it is truncated.");
    }

    /// <summary>Takes the fields that do not fit 32 bits from the extra field made for them, in the given order.</summary>
    private static void Widen(long[] fields, ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int length = Math.Min(U16(extra[2..]), extra.Length - 4);
            ReadOnlySpan<byte> wide = extra.Slice(4, length);
            for (int i = 0; i < fields.Length && U16(extra) == Zip64Field && wide.Length >= 8; i++)
            {
                if (fields[i] == uint.MaxValue)
                {
                    fields[i] = BinaryPrimitives.ReadInt64LittleEndian(wide);
                    wide = wide[8..];
                }
            }

            extra = extra[(4 + length)..];
        }
    }

    private static (long Offset, long Length) FindDirectory(FileBytes file)
    {
        int tailLength = (int)Math.Min(file.Length, EndBytes + MaxCommentBytes);
        long tailStart = file.Length - tailLength;
        byte[] tail = file.Piece(tailStart, tailLength, EndBytes + MaxCommentBytes, "the end of the zip archive");
        for (int i = tailLength - EndBytes; i >= 0; i--)
        {
            if (U32(tail.AsSpan(i)) == EndSignature)
            {
                return FindDirectory64(file, tailStart + i) ?? (U32(tail.AsSpan(i + 16)), U32(tail.AsSpan(i + 12)));
            }
        }

        throw file.Wrong($"starts as a zip archive but has no directory at its end, byte {file.Length}: it is truncated.");
    }

    /// <summary>The directory of an archive that states it in 64 bits; <see langword="null"/> if this one does not.</summary>
    private static (long Offset, long Length)? FindDirectory64(FileBytes file, long end)
    {
        const int LocatorBytes = 20;
        if (end < LocatorBytes)
        {
            return null;
        }

        byte[] locator = file.Piece(end - LocatorBytes, LocatorBytes, LocatorBytes, "the zip64 locator");
        if (U32(locator) != Locator64Signature)
        {
            return null;
        }

        byte[] record = file.Piece(BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8)), 56, 56, "the zip64 directory");
        return U32(record) == End64Signature
            ? (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)))
            : throw file.Wrong("names a zip64 directory that is not there.");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
