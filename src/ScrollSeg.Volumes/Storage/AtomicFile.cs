using Microsoft.Win32.SafeHandles;

namespace ScrollSeg.Volumes.Storage;

/// <summary>
/// Writes files that are either wholly there or not there: a unique temporary name in the same folder, sync, rename,
/// sync of the folder.
/// </summary>
/// <param name="operations">The file system; a test may hand in one that fails.</param>
/// <param name="durability">What a finished write survives.</param>
/// <param name="backoff">How often a write is tried when the system's failure may pass; each try writes a new temporary file, since
/// after a failed sync nobody knows what became of the old one's pages. Default <see cref="Backoff.Default"/>.</param>
public sealed class AtomicFile(FileOperations operations, Durability durability = Durability.Full, Backoff? backoff = null)
{
    /// <summary>Every temporary file's name ends so; readers and listings pass over them.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>Unique among processes, also those of other machines that write into the same shared folder.</summary>
    private static readonly string ProcessTag = Guid.NewGuid().ToString("N")[..12];

    private static long _attempt;

    private readonly Backoff _backoff = backoff ?? Backoff.Default;

    /// <summary>Writes a whole file. After a failure nothing new lies under the final name, and no temporary file remains
    /// unless the process or the disk died.</summary>
    /// <exception cref="IOException">The system refused; the message names the file.</exception>
    public void Write(string path, ReadOnlySpan<byte> content)
    {
        for (int tried = 1; !TryWrite(path, content, isLast: tried == _backoff.Tries); tried++)
        {
            _backoff.Wait(tried);
        }
    }

    private bool TryWrite(string path, ReadOnlySpan<byte> content, bool isLast)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string temporary = TemporaryName(folder, Path.GetFileName(path));
        try
        {
            WriteTemporary(temporary, content);
            operations.Rename(temporary, path);
            if (durability == Durability.Full)
            {
                operations.SyncFolder(folder);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            return !isLast && TransientErrors.IsTransient(e)
                ? false
                : throw new IOException($"{path}: {content.Length} bytes could not be written: {e.Message}", e);
        }
    }

    /// <summary>Writes a whole file unless there is one of that name: of several processes that try, one succeeds, and all find
    /// the same file afterwards.</summary>
    /// <returns>Whether this call wrote it.</returns>
    /// <exception cref="IOException">The system refused; the message names the file.</exception>
    public bool WriteIfAbsent(string path, ReadOnlySpan<byte> content)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string temporary = TemporaryName(folder, Path.GetFileName(path));
        try
        {
            WriteTemporary(temporary, content);
            bool written = operations.RenameIfAbsent(temporary, path);
            if (!written)
            {
                operations.Delete(temporary);
            }
            else if (durability == Durability.Full)
            {
                operations.SyncFolder(folder);
            }

            return written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new IOException($"{path}: {content.Length} bytes could not be written: {e.Message}", e);
        }
    }

    /// <summary>Creates a folder and, as far as the durability asks for it, makes its entry last.</summary>
    public void CreateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string parent = Path.GetDirectoryName(Path.GetFullPath(path))!;
        CreateFolder(parent);
        operations.CreateFolder(path);
        if (durability == Durability.Full)
        {
            operations.SyncFolder(parent);
        }
    }

    /// <summary>Gives a folder its final name; nothing may have that name yet.</summary>
    /// <exception cref="IOException">The system refused, or the name is taken.</exception>
    public void RenameFolder(string source, string destination)
    {
        try
        {
            operations.RenameFolder(source, destination);
            if (durability == Durability.Full)
            {
                operations.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(destination))!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{source}: could not be renamed to {destination}: {e.Message}", e);
        }
    }

    /// <summary>Deletes the temporary files that killed processes left in a folder and those below it. Only where no process
    /// writes any more.</summary>
    public void DeleteTemporaries(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, $".*{TemporarySuffix}", SearchOption.AllDirectories))
        {
            operations.Delete(path);
        }
    }

    private void WriteTemporary(string temporary, ReadOnlySpan<byte> content)
    {
        using SafeFileHandle file = operations.CreateNew(temporary);
        operations.Write(file, content, 0);
        if (durability != Durability.None)
        {
            operations.Sync(file);
        }
    }

    private static string TemporaryName(string folder, string name) =>
        Path.Combine(folder, $".{name}.{ProcessTag}.{Interlocked.Increment(ref _attempt)}{TemporarySuffix}");

    private void TryDelete(string path)
    {
        try
        {
            operations.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the first failure is the one to report
        }
    }
}
