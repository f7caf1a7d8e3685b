using System.Text;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>One page's directory: its tags, whose values are read only when asked for, and only within the file.</summary>
internal sealed class TiffDirectory
{
    /// <summary>More tags than any writer uses; a count beyond it is damage.</summary>
    private const int MaxEntries = 4096;

    private readonly TiffSource _source;
    private readonly Dictionary<int, Entry> _entries = [];

    /// <summary>The first tag that cannot be true.</summary>
    private (int Tag, long Count)? _overlong;

    private TiffDirectory(TiffSource source, long offset, int page) => (_source, Offset, Page) = (source, offset, page);

    /// <summary>Where the directory lies in the file.</summary>
    public long Offset { get; }

    /// <summary>The page's place in the file, from 0.</summary>
    public int Page { get; }

    /// <summary>Where the next page's directory lies; 0 behind the last.</summary>
    public long Next { get; private set; }

    /// <summary>Reads a directory (TIFF 6.0, section 2).</summary>
    public static TiffDirectory Read(TiffSource source, long offset, int page)
    {
        TiffDirectory directory = new(source, offset, page);
        int countBytes = source.IsBigTiff ? 8 : 2;
        int entryBytes = source.IsBigTiff ? 20 : 12;
        int nextBytes = source.IsBigTiff ? 8 : 4;
        Span<byte> word = stackalloc byte[8];
        source.Read(word[..countBytes], offset, $"the directory of page {page}");
        long count = source.IsBigTiff ? source.Int64(word) : source.UInt16(word);
        if (count is 0 or > MaxEntries)
        {
            throw source.Damaged($"the directory of page {page} at byte {offset} has {count} tags; 1 to {MaxEntries} are possible.");
        }

        byte[] content = new byte[(count * entryBytes) + nextBytes];
        source.Read(content, offset + countBytes, $"the directory of page {page}");
        for (int i = 0; i < count; i++)
        {
            directory.Add(content.AsSpan(i * entryBytes, entryBytes), offset + countBytes + (i * entryBytes));
        }

        ReadOnlySpan<byte> next = content.AsSpan((int)count * entryBytes);
        directory.Next = source.IsBigTiff ? source.Int64(next) : source.UInt32(next);
        return directory;
    }

    public bool Has(int tag) => _entries.ContainsKey(tag);

    /// <summary>A tag's first number.</summary>
    public long Number(int tag, long absent) => _entries.TryGetValue(tag, out Entry entry) ? Values(tag, entry, 1)[0] : absent;

    /// <summary>A tag's numbers, at most so many of them; empty if the tag is absent.</summary>
    public long[] Numbers(int tag, long limit) =>
        _entries.TryGetValue(tag, out Entry entry) ? Values(tag, entry, Math.Min(entry.Count, limit)) : [];

    /// <summary>How many values a tag has.</summary>
    public long Count(int tag) => _entries.TryGetValue(tag, out Entry entry) ? entry.Count : 0;

    /// <summary>A tag's text, at most <paramref name="limit"/> bytes of it; empty if the tag is absent.</summary>
    public string Text(int tag, int limit)
    {
        if (!_entries.TryGetValue(tag, out Entry entry) || entry.Type is not (1 or 2))
        {
            return "";
        }

        byte[] content = new byte[Math.Min(entry.Count, limit)];
        _source.Read(content, PositionOf(entry, 1), $"tag {tag} of page {Page}");
        return Encoding.UTF8.GetString(content).TrimEnd('\0');
    }

    /// <summary>Refuses a tag with more values than the file can hold, also one that is never asked for: LibTiff.NET makes room
    /// for them all.</summary>
    public void CheckCounts()
    {
        if (_overlong is (int tag, long count))
        {
            throw _source.Damaged($"tag {tag} of page {Page} has {count} values, more than the file of {_source.Length} bytes holds.");
        }
    }

    private void Add(ReadOnlySpan<byte> bytes, long position)
    {
        int tag = _source.UInt16(bytes);
        int type = _source.UInt16(bytes[2..]);
        long count = _source.IsBigTiff ? _source.Int64(bytes[4..]) : _source.UInt32(bytes[4..]);
        if (count > _source.Length / Math.Max(1, StoredSizeOf(type)))
        {
            _overlong ??= (tag, count);
        }

        _entries.TryAdd(tag, new Entry(type, count, position + (_source.IsBigTiff ? 12 : 8)));
    }

    private long[] Values(int tag, Entry entry, long count)
    {
        int size = SizeOf(entry.Type);
        if (size == 0 || count == 0)
        {
            throw _source.Damaged($"tag {tag} of page {Page} has {entry.Count} values of type {entry.Type}; whole numbers were expected.");
        }

        // the file holds the values, so their number is bounded by its length
        if (count > _source.Length / size)
        {
            throw _source.Damaged($"tag {tag} of page {Page} has {entry.Count} values, more than the file of {_source.Length} bytes holds.");
        }

        byte[] content = new byte[count * size];
        _source.Read(content, PositionOf(entry, size), $"tag {tag} of page {Page}");
        long[] values = new long[count];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> value = content.AsSpan(i * size, size);
            values[i] = size switch
            {
                1 => value[0],
                2 => _source.UInt16(value),
                4 => _source.UInt32(value),
                _ => _source.Int64(value),
            };
        }

        return values;
    }

    /// <summary>Values that fit stand in the entry itself.</summary>
    private long PositionOf(Entry entry, int size)
    {
        int room = _source.IsBigTiff ? 8 : 4;
        if (entry.Count <= room / size)
        {
            return entry.Position;
        }

        Span<byte> word = stackalloc byte[8];
        _source.Read(word[..room], entry.Position, $"a tag of page {Page}");
        return _source.IsBigTiff ? _source.Int64(word) : _source.UInt32(word);
    }

    /// <summary>Bytes of the field types that hold unsigned whole numbers; 0 for the others.</summary>
    private static int SizeOf(int type) => type switch
    {
        1 => 1, // BYTE
        3 => 2, // SHORT
        4 or 13 => 4, // LONG, IFD
        16 or 18 => 8, // LONG8, IFD8
        _ => 0,
    };

    /// <summary>Bytes of a value of any field type.</summary>
    private static int StoredSizeOf(int type) => type switch
    {
        8 => 2, // SSHORT
        9 or 11 => 4, // SLONG, FLOAT
        5 or 10 or 12 or 17 => 8, // RATIONAL, SRATIONAL, DOUBLE, SLONG8
        _ => SizeOf(type),
    };

    private readonly record struct Entry(int Type, long Count, long Position);
}
