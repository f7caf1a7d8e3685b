using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>
/// Fetched bytes in a folder on a local disk, for as long as there is room: what was not used for longest goes first. The
/// files of the folder take no more than the limit at any moment, those being written included. Thread-safe; one process at
/// a time.
/// </summary>
public sealed class ChunkCache : IDisposable
{
    /// <summary>What a file system gives to a file at least, and in steps of which it grows.</summary>
    private const int Block = 4096;

    private const string Extension = ".cached";
    private const string LockName = "cache.lock";
    private const uint Mark = 0x31435353; // "SSC1"
    private const int HeaderLength = 16;  // mark, checksum, bytes of the whole value

    private static readonly Dictionary<string, ChunkCache> Shared = [];
    private static readonly Lock SharedLock = new();

    private readonly string _folder;
    private readonly long _limit;
    private readonly SafeFileHandle _lockFile;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _known = [];
    private readonly LinkedList<Entry> _lastUsedFirst = [];
    private long _bytes;
    private long _temporaries;
    private int _users;

    private ChunkCache(string folder, long limit)
    {
        _folder = folder;
        _limit = limit;
        Directory.CreateDirectory(_folder);
        try
        {
            _lockFile = File.OpenHandle(Path.Combine(_folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"{_folder}: is another process's cache at the moment ({e.Message}); give another --cache.", e);
        }

        Adopt();
    }

    /// <summary>Opens or makes a cache; within the process, all that ask for one folder get the same.</summary>
    /// <param name="folder">The folder. Other files in it are left alone.</param>
    /// <param name="limit">Bytes that its files may take. Whoever opens the folder first decides.</param>
    /// <exception cref="IOException">Another process uses it, or it cannot be made.</exception>
    public static ChunkCache Open(string folder, long limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        string full = Path.GetFullPath(folder);
        lock (SharedLock)
        {
            if (!Shared.TryGetValue(full, out ChunkCache? cache))
            {
                Shared[full] = cache = new ChunkCache(full, limit);
            }

            cache._users++;
            return cache;
        }
    }

    /// <summary>Bytes that the files take, those being written included.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Looks for bytes.</summary>
    /// <param name="name">What they are: anything that tells them from all others.</param>
    /// <returns>The bytes, which the caller disposes; <see langword="null"/> if they are not there, or no longer
    /// whole.</returns>
    public StoredBytes? TryRead(string name)
    {
        string key = KeyOf(name);
        lock (_lock)
        {
            if (!_known.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                return null;
            }

            _lastUsedFirst.Remove(node);
            _lastUsedFirst.AddFirst(node);
        }

        StoredBytes? bytes = ReadFile(PathOf(key));
        if (bytes is null)
        {
            lock (_lock)
            {
                TryForget(key);
            }
        }

        return bytes;
    }

    /// <summary>Keeps bytes, if there is room for them. A disk that refuses is no failure: they are not kept then.</summary>
    /// <param name="name">What they are.</param>
    /// <param name="bytes">The bytes. Stay the caller's.</param>
    public void Keep(string name, StoredBytes bytes)
    {
        string key = KeyOf(name);
        long size = SizeOf(HeaderLength + (long)bytes.Length);
        if (!Reserve(key, size))
        {
            return;
        }

        string path = PathOf(key);
        string temporary = $"{path}.{Interlocked.Increment(ref _temporaries)}{AtomicFile.TemporarySuffix}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WriteFile(temporary, bytes);
            lock (_lock)
            {
                if (_known.ContainsKey(key))
                {
                    throw new IOException("Somebody else kept the same.");
                }

                File.Move(temporary, path, overwrite: true);
                _known[key] = _lastUsedFirst.AddFirst(new Entry(key, size));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            lock (_lock)
            {
                _bytes -= size;
            }
        }
    }

    /// <summary>Gives the folder free once nobody in the process uses it any more. The files stay.</summary>
    public void Dispose()
    {
        lock (SharedLock)
        {
            if (--_users == 0)
            {
                Shared.Remove(_folder);
                _lockFile.Dispose();
            }
        }
    }

    private static long SizeOf(long length) => (length + Block - 1) / Block * Block;

    private static string KeyOf(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static void WriteFile(string path, StoredBytes bytes)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Mark);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Checksum(bytes.Span));
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], bytes.ValueLength);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, header, 0);
        RandomAccess.Write(file, bytes.Span, HeaderLength);
    }

    /// <summary>Nothing is synced when it is written, so what a power failure left is told by its checksum.</summary>
    private static StoredBytes? ReadFile(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file) - HeaderLength;
            Span<byte> header = stackalloc byte[HeaderLength];
            if (length < 0 || length > Array.MaxLength || FileOperations.System.Read(file, header, 0) != HeaderLength ||
                BinaryPrimitives.ReadUInt32LittleEndian(header) != Mark)
            {
                return null;
            }

            StoredBytes bytes = StoredBytes.Rent((int)length, BinaryPrimitives.ReadInt64LittleEndian(header[8..]));
            bool isWhole = FileOperations.System.Read(file, bytes.Span, HeaderLength) == length &&
                Checksum(bytes.Span) == BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            if (isWhole)
            {
                return bytes;
            }

            bytes.Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // the server still has it
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) => new ChecksumFilter(ChecksumAlgorithm.Crc32C).Compute(bytes);

    /// <summary>Takes over what an earlier process left, oldest first out, and removes what it did not finish.</summary>
    private void Adopt()
    {
        DirectoryInfo folder = new(_folder);
        foreach (FileInfo unfinished in folder.GetFiles($"*{Extension}.*{AtomicFile.TemporarySuffix}", SearchOption.AllDirectories))
        {
            unfinished.Delete();
        }

        foreach (FileInfo file in folder.GetFiles($"*{Extension}", SearchOption.AllDirectories).OrderBy(file => file.LastWriteTimeUtc))
        {
            string key = file.Name[..^Extension.Length];
            if (file.FullName == PathOf(key))
            {
                long size = SizeOf(file.Length);
                _bytes += size;
                _known[key] = _lastUsedFirst.AddFirst(new Entry(key, size));
            }
        }

        MakeRoom(0);
    }

    /// <summary>Counts the bytes before they are written, and removes others until all fit.</summary>
    private bool Reserve(string key, long size)
    {
        lock (_lock)
        {
            if (size > _limit || _known.ContainsKey(key))
            {
                return false;
            }

            if (!MakeRoom(size))
            {
                return false; // the rest is being written at this moment
            }

            _bytes += size;
            return true;
        }
    }

    private bool MakeRoom(long size)
    {
        while (_bytes + size > _limit && _lastUsedFirst.Last is { } oldest && TryForget(oldest.Value.Key))
        {
        }

        return _bytes + size <= _limit;
    }

    /// <summary>Removes a file; one that cannot be removed still takes its place, and counts.</summary>
    private bool TryForget(string key)
    {
        if (!_known.TryGetValue(key, out LinkedListNode<Entry>? node))
        {
            return true;
        }

        try
        {
            File.Delete(PathOf(key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        _known.Remove(key);
        _lastUsedFirst.Remove(node);
        _bytes -= node.Value.Size;
        return true;
    }

    private string PathOf(string key) => Path.Combine(_folder, key[..Math.Min(2, key.Length)], key + Extension);

    private sealed record Entry(string Key, long Size);
}
