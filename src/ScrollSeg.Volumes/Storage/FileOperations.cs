using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ScrollSeg.Volumes.Storage;

/// <summary>
/// The calls to the file system that a write is made of, one method each, so that a test can make any of them fail.
/// </summary>
public partial class FileOperations
{
    private const int ReadOnly = 0;

    /// <summary>The file system itself.</summary>
    public static FileOperations System { get; } = new();

    /// <summary>Creates a file that must not exist yet.</summary>
    public virtual SafeFileHandle CreateNew(string path) =>
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);

    /// <summary>Opens a file for reading.</summary>
    public virtual SafeFileHandle OpenRead(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Reads at an offset; fewer bytes than asked for only at the end of the file.</summary>
    public virtual int Read(SafeFileHandle file, Span<byte> destination, long offset)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = RandomAccess.Read(file, destination[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    /// <summary>Writes all bytes at an offset.</summary>
    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> source, long offset) =>
        RandomAccess.Write(file, source, offset);

    /// <summary>Waits until the file's bytes are on the disk (fsync).</summary>
    public virtual void Sync(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <summary>Gives a file another name in the same file system, replacing what has that name.</summary>
    public virtual void Rename(string source, string destination) => File.Move(source, destination, overwrite: true);

    /// <summary>Gives a file another name in the same file system unless something has that name.</summary>
    /// <returns>Whether it did.</returns>
    public virtual bool RenameIfAbsent(string source, string destination)
    {
        try
        {
            // .NET links the new name and unlinks the old one: atomic, and refused where the name is taken
            File.Move(source, destination, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(destination))
        {
            return false;
        }
    }

    /// <summary>Gives a folder another name in the same file system; nothing may have that name.</summary>
    public virtual void RenameFolder(string source, string destination) => Directory.Move(source, destination);

    /// <summary>Creates a folder and those above it.</summary>
    public virtual void CreateFolder(string path) => Directory.CreateDirectory(path);

    /// <summary>Deletes a file if it is there.</summary>
    public virtual void Delete(string path) => File.Delete(path);

    /// <summary>Waits until a folder's entries are on the disk. .NET opens no folders, hence the native call.</summary>
    public virtual void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals the rename; a folder handle cannot be flushed without special rights
        }

        int descriptor = OpenNative(path, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"{path}: the folder could not be opened to sync it ({Marshal.GetLastPInvokeErrorMessage()}).");
        }

        try
        {
            if (SyncNative(descriptor) != 0)
            {
                throw new IOException($"{path}: the folder could not be synced ({Marshal.GetLastPInvokeErrorMessage()}).");
            }
        }
        finally
        {
            _ = CloseNative(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenNative(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncNative(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CloseNative(int descriptor);
}
