using System.Globalization;
using System.Text;

namespace ScrollSeg.Volumes.Storage;

/// <summary>
/// Which objects of a long work are done, a line each, added once the object itself is safe. A process that is killed leaves
/// at worst an unfinished last line, which counts for nothing: that object is then done again. Thread-safe; one process at a
/// time.
/// </summary>
public sealed class ObjectJournal : IDisposable
{
    private const string NoHash = "-";

    private readonly FileStream _file;
    private readonly Lock _lock = new();

    private ObjectJournal(FileStream file) => _file = file;

    /// <summary>Opens a journal, or begins one. What stands behind the last good line is cut off.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="known">Receives what is done already, in the order in which it was done.</param>
    /// <exception cref="IOException">Another process works on the same, or the file cannot be opened.</exception>
    public static ObjectJournal Open(string path, Action<StoredObject> known)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{path}: cannot be opened: does another process work on the same? ({e.Message})", e);
        }

        file.SetLength(Replay(file, known));
        file.Position = file.Length;
        return new ObjectJournal(file);
    }

    /// <summary>Reads what a journal says, without becoming its writer.</summary>
    public static IReadOnlyList<StoredObject> Read(string path)
    {
        List<StoredObject> done = [];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        _ = Replay(file, done.Add);
        return done;
    }

    /// <summary>Notes that an object is done; its bytes are on the disk by now.</summary>
    public void Add(StoredObject done)
    {
        string hash = done.Sha256.Length == 0 ? NoHash : done.Sha256;
        byte[] line = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{hash}\t{done.Bytes}\t{done.Key}\n"));
        lock (_lock)
        {
            _file.Write(line);
            _file.Flush();
        }
    }

    /// <summary>Waits until the lines are on the disk.</summary>
    public void Sync()
    {
        lock (_lock)
        {
            _file.Flush(flushToDisk: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <returns>Where the last good line ends.</returns>
    private static long Replay(FileStream file, Action<StoredObject> known)
    {
        using StreamReader reader = new(file, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        long end = 0;
        while (reader.ReadLine() is string line)
        {
            long after = end + Encoding.UTF8.GetByteCount(line) + 1;
            if (after > file.Length || Parse(line) is not StoredObject done)
            {
                break;
            }

            known(done);
            end = after;
        }

        return end;
    }

    private static StoredObject? Parse(string line)
    {
        string[] parts = line.Split('\t', 3);
        return parts.Length == 3 &&
            (parts[0] == NoHash || (parts[0].Length == 64 && parts[0].All(char.IsAsciiHexDigitLower))) &&
            long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && parts[2].Length > 0
                ? new StoredObject(parts[2], bytes, parts[0] == NoHash ? "" : parts[0])
                : null;
    }
}
