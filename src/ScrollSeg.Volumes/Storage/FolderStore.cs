using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace ScrollSeg.Volumes.Storage;

/// <summary>A folder of the file system; keys are the paths of the files in it.</summary>
/// <remarks>Reads are positional and synchronous beneath: on a local disk that is faster than asynchronous ones, and callers
/// read from the threads that decode.</remarks>
/// <param name="folder">The folder; need not exist, then every key is absent.</param>
/// <param name="operations">The file system; a test may hand in one that fails.</param>
/// <param name="backoff">How often a read is tried when the system's failure may pass. Default <see cref="Backoff.Default"/>.</param>
public sealed class FolderStore(string folder, FileOperations? operations = null, Backoff? backoff = null) : ChunkStore
{
    /// <summary>Folders nested deeper than this are links that lead in a circle. Below Linux's 40 links in a path, beyond
    /// which it says that there is no such folder.</summary>
    private const int DeepestFolder = 35;

    private readonly FileOperations _operations = operations ?? FileOperations.System;
    private readonly Backoff _backoff = backoff ?? Backoff.Default;

    /// <inheritdoc/>
    public override string Location { get; } = Path.TrimEndingDirectorySeparator(folder);

    /// <inheritdoc/>
    public override ValueTask<StoredBytes?> ReadAsync(string key, CancellationToken ct)
    {
        CheckKey(key);
        ct.ThrowIfCancellationRequested();
        string path = PathOf(key);
        try
        {
            return ValueTask.FromResult<StoredBytes?>(_backoff.Run(() => ReadWhole(path), cancellationToken: ct));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            RefuseBrokenLink(path);
            return ValueTask.FromResult<StoredBytes?>(null);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(
                Directory.Exists(path) ? $"{path}: expected a file, found a folder." : $"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<bool> ExistsAsync(string key, CancellationToken ct)
    {
        CheckKey(key);
        ct.ThrowIfCancellationRequested();
        string path = PathOf(key);
        try
        {
            // unlike File.Exists, this tells a file that is not there from one that may not be looked at
            return ValueTask.FromResult((File.GetAttributes(path) & FileAttributes.Directory) == 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return ValueTask.FromResult(false);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<StoreEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        if (prefix.Length > 0)
        {
            CheckKey(prefix.EndsWith('/') ? prefix[..^1] : throw new ArgumentException($"'{prefix}' does not end with '/'.", nameof(prefix)));
        }

        await Task.CompletedTask; // the enumeration of a folder has no asynchronous form
        foreach (StoreEntry entry in List(prefix, depth: 0))
        {
            ct.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    private IEnumerable<StoreEntry> List(string prefix, int depth)
    {
        DirectoryInfo here = new(Path.Combine(Location, prefix));
        if (depth > DeepestFolder)
        {
            throw new IOException($"{here.FullName}: folders are nested more than {DeepestFolder} deep; do links form a circle?");
        }

        foreach (FileSystemInfo entry in SortedEntries(here))
        {
            if (entry is FileInfo file)
            {
                if (!file.Name.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal))
                {
                    yield return new StoreEntry(prefix + file.Name, file.Length, file.LastWriteTimeUtc);
                }

                continue;
            }

            foreach (StoreEntry below in List($"{prefix}{entry.Name}/", depth + 1))
            {
                yield return below;
            }
        }
    }

    private static FileSystemInfo[] SortedEntries(DirectoryInfo folder)
    {
        try
        {
            FileSystemInfo[] entries = folder.GetFileSystemInfos();
            Array.Sort(entries, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{folder.FullName}: cannot be listed: {e.Message}", e);
        }
    }

    private StoredBytes ReadWhole(string path)
    {
        using SafeFileHandle file = _operations.OpenRead(path);
        long length = RandomAccess.GetLength(file);
        if (length > Array.MaxLength)
        {
            throw new VolumeFormatException(path, $"holds {length} bytes; a chunk or header has at most {Array.MaxLength}.");
        }

        StoredBytes bytes = StoredBytes.Rent((int)length);
        try
        {
            int read = _operations.Read(file, bytes.Span, 0);
            return read == length
                ? bytes
                : throw new IOException($"{path}: ended after {read} of {length} bytes while it was read.");
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>A link to nothing is not an absent chunk: data sets under git-annex or DataLad are full of them until their
    /// content is fetched.</summary>
    private static void RefuseBrokenLink(string path)
    {
        if (new FileInfo(path).LinkTarget is string target)
        {
            throw new IOException($"{path}: is a link to {target}, which is not there; fetch its content first.");
        }
    }

    private string PathOf(string key) => Path.Combine(Location, key);
}
