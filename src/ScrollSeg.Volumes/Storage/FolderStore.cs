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
    public override ValueTask<StoredBytes?> ReadAsync(string key, CancellationToken ct) =>
        ValueTask.FromResult(Read(key, range: null, ct));

    /// <inheritdoc/>
    public override ValueTask<StoredBytes?> ReadRangeAsync(string key, ByteRange range, CancellationToken ct) =>
        ValueTask.FromResult(Read(key, range, ct));

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
        CheckPrefix(prefix);
        await Task.CompletedTask; // the enumeration of a folder has no asynchronous form
        foreach (StoreEntry entry in List(prefix, depth: 0))
        {
            ct.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public override ChunkStore? Above(out string name)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Location));
        name = Path.GetFileName(full);
        return Path.GetDirectoryName(full) is string above ? new FolderStore(above, _operations, _backoff) : null;
    }

    private StoredBytes? Read(string key, ByteRange? range, CancellationToken ct)
    {
        CheckKey(key);
        ct.ThrowIfCancellationRequested();
        string path = PathOf(key);
        try
        {
            return _backoff.Run(() => Read(path, range), cancellationToken: ct);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            RefuseBrokenLink(path);
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(
                Directory.Exists(path) ? $"{path}: expected a file, found a folder." : $"{path}: cannot be read: {e.Message}", e);
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

    private StoredBytes Read(string path, ByteRange? range)
    {
        using SafeFileHandle file = _operations.OpenRead(path);
        long whole = RandomAccess.GetLength(file);
        if (range is null && whole > Array.MaxLength)
        {
            throw new VolumeFormatException(path, $"holds {whole} bytes; a chunk or header has at most {Array.MaxLength}.");
        }

        (long offset, int length) = range is ByteRange part
            ? part.Within(whole) ?? throw new VolumeFormatException(path, $"holds {whole} bytes; {part} are wanted of it.")
            : (0, (int)whole);
        StoredBytes bytes = StoredBytes.Rent(length, whole);
        try
        {
            int read = _operations.Read(file, bytes.Span, offset);
            return read == length
                ? bytes
                : throw new IOException($"{path}: ended after {offset + read} of {whole} bytes while it was read.");
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
