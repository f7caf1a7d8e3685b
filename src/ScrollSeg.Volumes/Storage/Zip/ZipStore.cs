using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Storage.Zip;

/// <summary>The files in a zip, read where they lie: nothing is unpacked to disk. The zip itself may lie in a folder or
/// behind a web server.</summary>
public sealed class ZipStore : ChunkStore
{
    private const uint LocalMark = 0x04034b50;

    /// <summary>Deflate cannot shrink further than this (zlib's technical details: 1032 to 1).</summary>
    private const long BestDeflateRatio = 1032;

    private readonly ChunkStore _container;
    private readonly string _key;
    private readonly string _root;
    private readonly string _prefix;
    private readonly Dictionary<string, ZipEntry> _entries;

    /// <summary>Where the content of entries begins, which only their own headers say.</summary>
    private readonly ConcurrentDictionary<string, long> _contents = [];

    private ZipStore(ChunkStore container, string key, string root, string prefix, Dictionary<string, ZipEntry> entries)
    {
        _container = container;
        _key = key;
        _root = root;
        _prefix = prefix;
        _entries = entries;
    }

    /// <inheritdoc/>
    public override string Location => $"{_container.Describe(_key)}/{_prefix}".TrimEnd('/');

    /// <inheritdoc/>
    public override bool IsRemote => _container.IsRemote;

    /// <summary>Opens a zip, or a folder in it. Where a zip holds one folder and nothing beside it, as when a folder was zipped
    /// and not what is in it, that folder is taken as the zip's own.</summary>
    /// <param name="container">Where the zip lies.</param>
    /// <param name="key">Its key there.</param>
    /// <param name="inside">The folder in the zip, with <c>/</c> between its parts; empty for all of it.</param>
    /// <param name="ct">Stops between reads.</param>
    /// <exception cref="FileNotFoundException">There is no such key.</exception>
    /// <exception cref="VolumeFormatException">It is no zip, or a damaged or hostile one.</exception>
    public static async ValueTask<ZipStore> OpenAsync(ChunkStore container, string key, string inside, CancellationToken ct)
    {
        Dictionary<string, ZipEntry> entries = await ZipDirectory.ReadAsync(container, key, ct)
            ?? throw new FileNotFoundException($"{container.Describe(key)}: there is no such file.", container.Describe(key));
        string root = OnlyFolderOf(entries.Keys);
        return new ZipStore(container, key, root, inside.Length == 0 ? root : $"{root}{inside}/", entries);
    }

    /// <inheritdoc/>
    public override async ValueTask<StoredBytes?> ReadAsync(string key, CancellationToken ct)
    {
        CheckKey(key);
        if (!_entries.TryGetValue(_prefix + key, out ZipEntry? entry))
        {
            return null;
        }

        CheckReadable(entry, key);
        long longest = ZipDirectory.LocalHeaderLength + (2L * ushort.MaxValue) + entry.StoredLength;
        long available = Math.Min(entry.End - entry.HeaderOffset, longest);
        if (available > Array.MaxLength)
        {
            throw Damaged(key, $"takes {available} bytes of the zip; a chunk or header has at most {Array.MaxLength}.");
        }

        using StoredBytes whole = await RangeAsync(ByteRange.From(entry.HeaderOffset, (int)available), ct);
        int content = ContentWithin(whole.Span, entry, key);
        StoredBytes decoded = StoredBytes.Rent((int)entry.Length);
        try
        {
            Decode(whole.Span.Slice(content, (int)entry.StoredLength), entry, decoded.Span, key);
            return decoded;
        }
        catch
        {
            decoded.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Of a stored entry only the range is read, so that its checksum is not compared.</remarks>
    public override async ValueTask<StoredBytes?> ReadRangeAsync(string key, ByteRange range, CancellationToken ct)
    {
        CheckKey(key);
        if (!_entries.TryGetValue(_prefix + key, out ZipEntry? entry))
        {
            return null;
        }

        CheckReadable(entry, key);
        (long offset, int length) = range.Within(entry.Length) ?? throw Damaged(key, $"holds {entry.Length} bytes; {range} are wanted of it.");
        if (entry.Method == ZipEntry.StoredMethod && length > 0)
        {
            long content = await ContentOffsetAsync(entry, key, ct);
            using StoredBytes stored = await RangeAsync(ByteRange.From(content + offset, length), ct);
            return Copy(stored.Span, entry.Length);
        }

        using StoredBytes? all = await ReadAsync(key, ct);
        return all is null ? null : Copy(all.Span.Slice((int)offset, length), entry.Length);
    }

    /// <inheritdoc/>
    public override ValueTask<bool> ExistsAsync(string key, CancellationToken ct)
    {
        CheckKey(key);
        return ValueTask.FromResult(_entries.ContainsKey(_prefix + key));
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<StoreEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        CheckPrefix(prefix);
        await Task.CompletedTask; // the directory is in memory
        string all = _prefix + prefix;
        foreach (string name in _entries.Keys.Where(name => name.StartsWith(all, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            yield return new StoreEntry(name[_prefix.Length..], _entries[name].Length, _entries[name].LastWrite);
        }
    }

    /// <inheritdoc/>
    public override ChunkStore? Above(out string name)
    {
        int slash = _prefix.Length == _root.Length ? -1 : _prefix.LastIndexOf('/', _prefix.Length - 2);
        name = _prefix.Length == _root.Length ? "" : _prefix[(slash + 1)..^1];
        return name.Length == 0 ? null : new ZipStore(_container, _key, _root, _prefix[..(slash + 1)], _entries);
    }

    private static string OnlyFolderOf(IEnumerable<string> names)
    {
        string? first = names.FirstOrDefault();
        int slash = first?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        string folder = slash < 0 ? "" : first![..(slash + 1)];
        return names.All(name => name.StartsWith(folder, StringComparison.Ordinal)) ? folder : "";
    }

    private static StoredBytes Copy(ReadOnlySpan<byte> part, long valueLength)
    {
        StoredBytes bytes = StoredBytes.Rent(part.Length, valueLength);
        part.CopyTo(bytes.Span);
        return bytes;
    }

    private void CheckReadable(ZipEntry entry, string key)
    {
        string? problem =
            entry.IsEncrypted ? "is encrypted, which is not supported."
            : entry.Method is not (ZipEntry.StoredMethod or ZipEntry.DeflateMethod)
                ? $"is compressed with method {entry.Method} of zip; only stored (0) and deflate (8) are read."
            : entry.Method == ZipEntry.StoredMethod && entry.Length != entry.StoredLength
                ? $"is stored as it is, but {entry.StoredLength} bytes are said to be {entry.Length}."
            : entry.Length > Array.MaxLength && entry.Method == ZipEntry.DeflateMethod
                ? $"holds {entry.Length} bytes; a chunk or header has at most {Array.MaxLength}."
            : entry.Length > (entry.StoredLength + 1) * BestDeflateRatio
                ? $"cannot hold {entry.Length} bytes in {entry.StoredLength}."
            : null;
        if (problem is not null)
        {
            throw Damaged(key, problem);
        }
    }

    private void Decode(ReadOnlySpan<byte> stored, ZipEntry entry, Span<byte> content, string key)
    {
        try
        {
            if (entry.Method == ZipEntry.StoredMethod)
            {
                stored.CopyTo(content);
            }
            else
            {
                Deflate.Decode(DeflateWrapping.None, stored, content);
            }
        }
        catch (InvalidDataException e)
        {
            throw Damaged(key, e.Message, e);
        }

        uint actual = new ChecksumFilter(ChecksumAlgorithm.Crc32).Compute(content);
        if (actual != entry.Crc32)
        {
            throw Damaged(key, $"is damaged: its checksum is 0x{entry.Crc32:x8}, that of its {content.Length} bytes 0x{actual:x8}.");
        }
    }

    private async ValueTask<long> ContentOffsetAsync(ZipEntry entry, string key, CancellationToken ct)
    {
        if (_contents.TryGetValue(entry.Name, out long known))
        {
            return known;
        }

        int head = (int)Math.Min(entry.End - entry.HeaderOffset, ZipDirectory.LocalHeaderLength + (2 * ushort.MaxValue));
        using StoredBytes header = await RangeAsync(ByteRange.From(entry.HeaderOffset, Math.Min(head, 512)), ct);
        return _contents[entry.Name] = entry.HeaderOffset + ContentWithin(header.Span, entry, key);
    }

    /// <summary>Compares an entry's own header with what the directory says of it.</summary>
    /// <returns>Where its content begins, from the header's first byte.</returns>
    private int ContentWithin(ReadOnlySpan<byte> bytes, ZipEntry entry, string key)
    {
        if (bytes.Length < ZipDirectory.LocalHeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != LocalMark)
        {
            throw Damaged(key, $"has no header at byte {entry.HeaderOffset}, where the directory says it is.");
        }

        int name = BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]);
        int content = ZipDirectory.LocalHeaderLength + name + BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
        byte[] expected = Encoding.UTF8.GetBytes(entry.Name);
        bool isNamed = name != expected.Length || bytes[ZipDirectory.LocalHeaderLength..].StartsWith(
            expected.AsSpan(0, Math.Min(name, bytes.Length - ZipDirectory.LocalHeaderLength)));
        if (!isNamed || BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) != entry.Method || content + entry.StoredLength > entry.End - entry.HeaderOffset)
        {
            throw Damaged(key, "has a header of its own that contradicts the directory: another method or name, or a longer one.");
        }

        return content;
    }

    private async ValueTask<StoredBytes> RangeAsync(ByteRange range, CancellationToken ct) =>
        await _container.ReadRangeAsync(_key, range, ct) ?? throw new IOException($"{_container.Describe(_key)}: went away while it was read.");

    private VolumeFormatException Damaged(string key, string problem, Exception? cause = null) => new(Describe(key), problem, cause);
}
