using System.Text;

namespace ScrollSeg.Volumes.Storage;

/// <summary>
/// A folder for what a process needs only while it runs. A process that is killed leaves its folder, but not the lock that
/// it held beside it: the next one that makes such a folder finds it free, and deletes both.
/// </summary>
/// <remarks>The lock is <c>flock</c> on Linux and macOS, through .NET's <see cref="FileShare.None"/>; it is there before the folder
/// is. The parent has to be on a file system with locks, as folders for temporary files are.</remarks>
internal sealed class ScratchFolder : IDisposable
{
    private const string Prefix = "scrollseg-copy-";
    private const string LockSuffix = ".lock";
    private const int Tries = 10;

    private readonly FileStream _lock;

    private ScratchFolder(string path, FileStream held)
    {
        (Path, _lock) = (path, held);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Makes a folder, and deletes those that nobody owns any more.</summary>
    /// <param name="parent">Where; <see cref="System.IO.Path.GetTempPath"/> but for tests.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static ScratchFolder Create(string parent)
    {
        DeleteAbandoned(parent);
        for (int tried = 1; ; tried++)
        {
            string name = $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}"[..(Prefix.Length + 20)];
            string path = System.IO.Path.Combine(parent, name);
            FileStream? held = null;
            try
            {
                held = new FileStream(path + LockSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
                held.Write(Encoding.ASCII.GetBytes(name));
                held.Flush();
                if (IsStillThere(path + LockSuffix, name.Length))
                {
                    return new ScratchFolder(path, held);
                }
            }
            catch (IOException) when (tried < Tries)
            {
                // another one looked whether the lock was free just when it was made, and holds it
            }

            held?.Dispose();
            if (tried == Tries)
            {
                throw new IOException($"{path}{LockSuffix}: cannot be held; something deletes it again and again.");
            }
        }
    }

    /// <summary>Between making a lock file and locking it another one may lock, delete and leave it: what is locked then is no longer
    /// what the name stands for. Nobody else writes into lock files, so the length tells; they cannot be read while they are locked.</summary>
    private static bool IsStillThere(string path, long length)
    {
        FileInfo file = new(path);
        return file.Exists && file.Length == length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }

        File.Delete(Path + LockSuffix);
        _lock.Dispose();
    }

    private static void DeleteAbandoned(string parent)
    {
        IEnumerable<string> folders = Directory.EnumerateDirectories(parent, Prefix + "*");
        IEnumerable<string> locks = Directory.EnumerateFiles(parent, Prefix + "*" + LockSuffix).Select(path => path[..^LockSuffix.Length]);
        foreach (string path in folders.Union(locks).ToArray())
        {
            try
            {
                using FileStream free = new(path + LockSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (Directory.Exists(path))
                {
                    Directory.Delete(path, recursive: true);
                }

                File.Delete(path + LockSuffix);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // it is in use, or another user's
            }
        }
    }
}
