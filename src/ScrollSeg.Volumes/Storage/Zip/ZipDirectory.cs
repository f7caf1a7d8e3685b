using System.Buffers.Binary;
using System.Text;

namespace ScrollSeg.Volumes.Storage.Zip;

/// <summary>
/// The central directory of a zip (PKWARE APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16), checked: every offset and length
/// lies in the file, no two entries overlap, no name leaves the archive.
/// </summary>
internal static class ZipDirectory
{
    /// <summary>Bytes of an entry's own header without its name and extra fields.</summary>
    public const int LocalHeaderLength = 30;

    private const int EndLength = 22;
    private const int EntryLength = 46;
    private const int Zip64LocatorLength = 20;
    private const int Zip64EndLength = 56;
    private const uint EndMark = 0x06054b50;
    private const uint EntryMark = 0x02014b50;
    private const uint Zip64LocatorMark = 0x07064b50;
    private const uint Zip64EndMark = 0x06064b50;
    private const ushort Zip64Field = 0x0001;
    private const int EncryptedFlag = 0x0001;

    /// <summary>The end record may be followed by a comment of so many bytes, and preceded by the records of zip64.</summary>
    private const int LongestTail = EndLength + ushort.MaxValue + Zip64LocatorLength + Zip64EndLength;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the directory.</summary>
    /// <param name="container">Where the zip lies.</param>
    /// <param name="key">Its key there.</param>
    /// <param name="ct">Stops between reads.</param>
    /// <returns>The files by name, folders left out; <see langword="null"/> if there is no such key.</returns>
    /// <exception cref="VolumeFormatException">It is damaged, or made to mislead.</exception>
    public static async ValueTask<Dictionary<string, ZipEntry>?> ReadAsync(ChunkStore container, string key, CancellationToken ct)
    {
        string path = container.Describe(key);
        using StoredBytes? tail = await container.ReadRangeAsync(key, ByteRange.AtEnd(LongestTail), ct);
        if (tail is null)
        {
            return null;
        }

        Bounds bounds;
        try
        {
            bounds = FindDirectory(tail.Span, tail.ValueLength);
            if (bounds.Length == 0)
            {
                return [];
            }
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(path, e.Message, e);
        }

        using StoredBytes directory = await container.ReadRangeAsync(key, ByteRange.From(bounds.Offset, (int)bounds.Length), ct)
            ?? throw new IOException($"{path}: went away while it was read.");
        try
        {
            return Check(Parse(directory.Span, bounds), bounds);
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(path, e.Message, e);
        }
    }

    private static Bounds FindDirectory(ReadOnlySpan<byte> tail, long fileLength)
    {
        for (int at = tail.Length - EndLength; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail[at..];
            bool isEnd = BinaryPrimitives.ReadUInt32LittleEndian(end) == EndMark &&
                EndLength + BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) == end.Length;
            if (isEnd)
            {
                return CheckBounds(BoundsOf(tail, at, fileLength), fileLength);
            }
        }

        throw new InvalidDataException("is no zip, or its end is cut off: it has no end record.");
    }

    private static Bounds BoundsOf(ReadOnlySpan<byte> tail, int at, long fileLength)
    {
        ReadOnlySpan<byte> end = tail[at..];
        long endOffset = fileLength - end.Length;
        Bounds bounds = new(
            BinaryPrimitives.ReadUInt32LittleEndian(end[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(end[12..]),
            BinaryPrimitives.ReadUInt16LittleEndian(end[10..]),
            endOffset);
        bool isSplit = BinaryPrimitives.ReadUInt32LittleEndian(end[4..]) is not (0 or 0xffff_ffff or 0xffff);
        if (isSplit)
        {
            throw new InvalidDataException("is one part of a zip that is split over several files.");
        }

        bool isZip64 = at >= Zip64LocatorLength &&
            BinaryPrimitives.ReadUInt32LittleEndian(tail[(at - Zip64LocatorLength)..]) == Zip64LocatorMark;
        if (!isZip64)
        {
            return bounds;
        }

        long offset = (long)BinaryPrimitives.ReadUInt64LittleEndian(tail[(at - Zip64LocatorLength + 8)..]);
        long start = offset - (fileLength - tail.Length);
        if (start < 0 || start > at - Zip64LocatorLength - Zip64EndLength ||
            BinaryPrimitives.ReadUInt32LittleEndian(tail[(int)start..]) != Zip64EndMark)
        {
            throw new InvalidDataException($"its zip64 end record is not at byte {offset}, where it is said to be.");
        }

        ReadOnlySpan<byte> large = tail[(int)start..];
        return new Bounds(
            (long)BinaryPrimitives.ReadUInt64LittleEndian(large[48..]),
            (long)BinaryPrimitives.ReadUInt64LittleEndian(large[40..]),
            (long)BinaryPrimitives.ReadUInt64LittleEndian(large[32..]),
            offset);
    }

    private static Bounds CheckBounds(Bounds bounds, long fileLength)
    {
        if (bounds.Offset < 0 || bounds.Length < 0 || bounds.Offset > bounds.End - bounds.Length || bounds.End > fileLength)
        {
            throw new InvalidDataException(
                $"its central directory is said to have {bounds.Length} bytes at byte {bounds.Offset}, which do not end before byte {bounds.End}.");
        }

        if (bounds.Offset + bounds.Length != bounds.End)
        {
            throw new InvalidDataException(
                $"its central directory ends at byte {bounds.Offset + bounds.Length}, its end record begins at {bounds.End}: " +
                "something was put before or between them.");
        }

        return bounds.Length > Array.MaxLength || bounds.Count > bounds.Length / EntryLength
            ? throw new InvalidDataException($"its central directory of {bounds.Length} bytes is said to have {bounds.Count} entries.")
            : bounds;
    }

    private static List<ZipEntry> Parse(ReadOnlySpan<byte> directory, Bounds bounds)
    {
        List<ZipEntry> entries = [];
        while (!directory.IsEmpty)
        {
            if (directory.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(directory) != EntryMark)
            {
                throw new InvalidDataException($"entry {entries.Count} of its central directory is damaged.");
            }

            int name = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
            int extra = BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]);
            int length = EntryLength + name + extra + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
            if (length > directory.Length)
            {
                throw new InvalidDataException($"entry {entries.Count} of its central directory is cut off.");
            }

            entries.Add(EntryOf(directory[..EntryLength], directory.Slice(EntryLength, name), directory.Slice(EntryLength + name, extra)));
            directory = directory[length..];
        }

        return entries.Count == bounds.Count || (bounds.Count == ushort.MaxValue && entries.Count > bounds.Count)
            ? entries
            : throw new InvalidDataException($"its central directory has {entries.Count} entries, its end record says {bounds.Count}.");
    }

    private static ZipEntry EntryOf(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> nameBytes, ReadOnlySpan<byte> extra)
    {
        string name = NameOf(nameBytes);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(fields[24..]);
        long stored = BinaryPrimitives.ReadUInt32LittleEndian(fields[20..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(fields[42..]);
        ReadOnlySpan<byte> large = FieldOf(extra, Zip64Field);
        length = Large(length, ref large, name);
        stored = Large(stored, ref large, name);
        offset = Large(offset, ref large, name);
        return new ZipEntry(
            name,
            BinaryPrimitives.ReadUInt16LittleEndian(fields[10..]),
            (BinaryPrimitives.ReadUInt16LittleEndian(fields[8..]) & EncryptedFlag) != 0,
            BinaryPrimitives.ReadUInt32LittleEndian(fields[16..]),
            stored,
            length,
            offset,
            TimeOf(BinaryPrimitives.ReadUInt16LittleEndian(fields[14..]), BinaryPrimitives.ReadUInt16LittleEndian(fields[12..])));
    }

    private static string NameOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes); // an older encoding: no name that a Zarr store has
        }
    }

    /// <summary>A 32-bit field that is all ones stands in the extra field with 64 bits, in a fixed order.</summary>
    private static long Large(long value, ref ReadOnlySpan<byte> extra, string name)
    {
        if (value != uint.MaxValue)
        {
            return value;
        }

        if (extra.Length < sizeof(long) || BinaryPrimitives.ReadInt64LittleEndian(extra) < 0)
        {
            throw new InvalidDataException($"its entry {name} lacks a 64-bit length or offset.");
        }

        long large = BinaryPrimitives.ReadInt64LittleEndian(extra);
        extra = extra[sizeof(long)..];
        return large;
    }

    private static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> extra, ushort id)
    {
        while (extra.Length >= 4)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                break;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == id)
            {
                return extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return [];
    }

    /// <summary>MS-DOS date and time; the first day of 1980 if they are none.</summary>
    private static DateTime TimeOf(int date, int time)
    {
        (int year, int month, int day) = (1980 + (date >> 9), (date >> 5) & 15, date & 31);
        bool isDate = month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
        bool isTime = time >> 11 < 24 && ((time >> 5) & 63) < 60 && (time & 31) < 30;
        DateTime first = new(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        return isDate && isTime
            ? new DateTime(year, month, day, time >> 11, (time >> 5) & 63, 2 * (time & 31), DateTimeKind.Utc)
            : first;
    }

    private static Dictionary<string, ZipEntry> Check(List<ZipEntry> entries, Bounds bounds)
    {
        entries.Sort(static (a, b) => a.HeaderOffset.CompareTo(b.HeaderOffset));
        Dictionary<string, ZipEntry> files = [];
        for (int i = 0; i < entries.Count; i++)
        {
            ZipEntry entry = entries[i];
            long end = i + 1 < entries.Count ? entries[i + 1].HeaderOffset : bounds.Offset;
            if (entry.HeaderOffset > bounds.Offset ||
                entry.StoredLength > end - entry.HeaderOffset - LocalHeaderLength - Encoding.UTF8.GetByteCount(entry.Name))
            {
                throw new InvalidDataException(
                    $"its entry {entry.Name} of {entry.StoredLength} bytes at byte {entry.HeaderOffset} reaches beyond byte {end}, " +
                    "where what follows it begins: entries overlap.");
            }

            bool isFolder = entry.Name.EndsWith('/');
            if (!ChunkStore.IsValidKey(isFolder ? entry.Name[..^1] : entry.Name))
            {
                throw new InvalidDataException($"its entry '{entry.Name}' has a name that leads out of the archive.");
            }

            if (!isFolder)
            {
                files[entry.Name] = entry with { End = end }; // zarr-python appends what it writes again: the last one counts
            }
        }

        return files;
    }

    /// <summary>Where the central directory is, how many entries it is said to have, and where what follows it begins.</summary>
    private readonly record struct Bounds(long Offset, long Length, long Count, long End);
}
