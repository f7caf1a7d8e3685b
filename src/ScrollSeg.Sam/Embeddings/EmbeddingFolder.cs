using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Sam.Embeddings;

/// <summary>
/// A folder of image embeddings, one file each, that never holds more bytes than it may: room is made before a file is
/// written, by deleting those that were not used for longest. Several processes may share it.
/// </summary>
/// <remarks>
/// It is a convenience: a file that is damaged is deleted and its embedding computed again, a folder that cannot be
/// written is left alone; the user is told, once each. A file is a magic number, the length and the SHA-256 of key and
/// content, then the content. When it was used is its time of modification. Synchronous, not thread-safe.
/// </remarks>
internal sealed class EmbeddingFolder
{
    /// <summary>Bytes before the content.</summary>
    public const int HeaderBytes = 8 + 8 + SHA256.HashSizeInBytes;

    /// <summary>Every entry's name ends so.</summary>
    public const string Extension = ".embedding";

    private const string GateName = "embeddings.lock";
    private const long Magic = 0x31424D4547534353; // "SCSGEMB1", little-endian
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (long Bytes, DateTime Used)> _entries = [];
    private readonly HashSet<string> _said = [];
    private readonly string _path;
    private readonly long _limit;
    private readonly bool _untouched;
    private readonly Action<string> _note;
    private readonly TimeProvider _time;
    private readonly FileOperations _operations;
    private readonly AtomicFile _files;
    private long _generation = -1;

    /// <summary>Takes a folder into use; makes it if need be, and brings it within the limit.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="limit">Bytes that its files may take together.</param>
    /// <param name="note">Is given sentences for the user.</param>
    /// <param name="untouched">Whether it is neither read nor written. Default false.</param>
    /// <param name="time">Says when an entry is used. Default the system's clock.</param>
    /// <param name="operations">The file system; a test may hand in one that fails.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public EmbeddingFolder(
        string path,
        long limit,
        Action<string> note,
        bool untouched = false,
        TimeProvider? time = null,
        FileOperations? operations = null)
    {
        (_path, _limit, _note, _untouched) = (Path.GetFullPath(path), limit, note, untouched);
        _time = time ?? TimeProvider.System;
        _operations = operations ?? FileOperations.System;
        _files = new AtomicFile(_operations, Durability.None); // after a power failure a torn file is found by its hash
        if (!untouched)
        {
            _files.CreateFolder(_path);
            Guarded(() => MakeRoom(0));
        }
    }

    /// <summary>Bytes of the entries, as far as this process knows.</summary>
    public long Bytes => _entries.Values.Sum(entry => entry.Bytes);

    /// <summary>Reads an entry's content.</summary>
    /// <param name="key">Lower-case hexadecimal.</param>
    /// <param name="content">Receives it; exactly as long.</param>
    /// <returns>Whether there is one, intact.</returns>
    public bool TryRead(string key, Span<byte> content)
    {
        string path = PathOf(key);
        if (_untouched || !File.Exists(path))
        {
            return false;
        }

        try
        {
            if (Fault(path, key, content) is string fault)
            {
                Say("damage", $"{path}: {fault}; it is deleted and computed again. Further ones are not mentioned.");
                _operations.Delete(path);
                _entries.Remove(key);
                return false;
            }

            DateTime now = _time.GetUtcNow().UtcDateTime;
            File.SetLastWriteTimeUtc(path, now);
            _entries[key] = (HeaderBytes + content.Length, now);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false; // another process made room
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Say("read", $"{path}: the embedding cannot be read ({e.Message}); it is computed again. Further ones are not mentioned.");
            return false;
        }
    }

    /// <summary>Writes an entry, unless it would never fit, or the file system refuses.</summary>
    /// <param name="key">Lower-case hexadecimal.</param>
    /// <param name="entry">Room for the header, <see cref="HeaderBytes"/>, and the content after it.</param>
    public void Write(string key, Span<byte> entry)
    {
        if (_untouched)
        {
            return;
        }

        if (entry.Length > _limit)
        {
            Say("limit", $"{_path}: one embedding takes {entry.Length} bytes, and the limit is {_limit}: none is kept.");
            return;
        }

        BinaryPrimitives.WriteInt64LittleEndian(entry, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], entry.Length - HeaderBytes);
        Digest(key, entry[HeaderBytes..], entry.Slice(16, SHA256.HashSizeInBytes));
        string path = PathOf(key);
        using FileStream? gate = TakeGate();
        if (gate is null)
        {
            return;
        }

        try
        {
            CatchUp(gate);
            MakeRoom(entry.Length);
            _files.Write(path, entry);
            DateTime now = _time.GetUtcNow().UtcDateTime;
            File.SetLastWriteTimeUtc(path, now);
            _entries[key] = (entry.Length, now);
            Announce(gate);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _generation = -1; // what lies there is not known any more
            Say("write", $"{_path}: an embedding cannot be kept ({e.Message}); the work goes on without. Further ones are not mentioned.");
        }
    }

    /// <returns>What is wrong with an entry; <see langword="null"/> if nothing.</returns>
    private string? Fault(string path, string key, Span<byte> content)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        using SafeFileHandle file = _operations.OpenRead(path);
        long length = RandomAccess.GetLength(file);
        if (length != HeaderBytes + content.Length || _operations.Read(file, header, 0) != HeaderBytes)
        {
            return $"has {length} bytes, where {HeaderBytes + content.Length} were expected";
        }

        if (BinaryPrimitives.ReadInt64LittleEndian(header) != Magic || BinaryPrimitives.ReadInt64LittleEndian(header[8..]) != content.Length)
        {
            return "does not begin as an embedding does";
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        int read = _operations.Read(file, content, HeaderBytes);
        Digest(key, content, digest);
        return read == content.Length && digest.SequenceEqual(header[16..]) ? null : "does not have the hash that it names";
    }

    private static void Digest(string key, ReadOnlySpan<byte> content, Span<byte> digest)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes(key));
        hash.AppendData(content);
        hash.GetHashAndReset(digest);
    }

    /// <summary>Deletes entries, the one unused for longest first, until so many bytes more fit.</summary>
    private void MakeRoom(long bytes)
    {
        long held = Bytes;
        while (held + bytes > _limit && _entries.Count > 0)
        {
            (string key, (long size, DateTime used)) = _entries.MinBy(entry => entry.Value.Used);
            DateTime usedByAnyone = File.GetLastWriteTimeUtc(PathOf(key)); // 1601 if it is gone
            if (usedByAnyone > used)
            {
                _entries[key] = (size, usedByAnyone);
                continue;
            }

            _operations.Delete(PathOf(key));
            _entries.Remove(key);
            held -= size;
        }
    }

    /// <summary>Where another process has written since, looks at everything again. What killed processes left is deleted:
    /// whoever writes holds the gate, which is ours now.</summary>
    private void CatchUp(FileStream gate)
    {
        if (Generation(gate) == _generation)
        {
            return;
        }

        _files.DeleteTemporaries(_path);
        _entries.Clear();
        foreach (FileInfo file in new DirectoryInfo(_path).EnumerateFiles("*" + Extension))
        {
            _entries[Path.GetFileNameWithoutExtension(file.Name)] = (file.Length, file.LastWriteTimeUtc);
        }
    }

    private void Announce(FileStream gate)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, _generation = Generation(gate) + 1);
        gate.Position = 0;
        gate.Write(number);
        gate.Flush();
    }

    private static long Generation(FileStream gate)
    {
        Span<byte> number = stackalloc byte[8];
        gate.Position = 0;
        return gate.ReadAtLeast(number, 8, throwOnEndOfStream: false) == 8 ? BinaryPrimitives.ReadInt64LittleEndian(number) : 0;
    }

    private void Guarded(Action change)
    {
        using FileStream? gate = TakeGate();
        if (gate is not null)
        {
            CatchUp(gate);
            change();
            Announce(gate);
        }
    }

    /// <summary>Only one process at a time writes and deletes; a killed one lets go.</summary>
    private FileStream? TakeGate()
    {
        long started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(_path, GateName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (_time.GetElapsedTime(started) < Patience)
            {
                Thread.Sleep(5);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Say("gate", $"{_path}: embeddings cannot be kept ({e.Message}); the work goes on without.");
                return null;
            }
        }
    }

    private string PathOf(string key) => Path.Combine(_path, key + Extension);

    private void Say(string kind, string sentence)
    {
        if (_said.Add(kind))
        {
            _note(sentence);
        }
    }
}
