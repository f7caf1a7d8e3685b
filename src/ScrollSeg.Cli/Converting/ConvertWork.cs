using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Converting;

/// <summary>
/// A conversion while it is not complete: the result is called <c>DST.partial</c>, and <c>DST.convert</c> beside it keeps what
/// was asked for and how far it is. Under the final name there is only ever a complete one. One process at a time.
/// </summary>
internal sealed class ConvertWork : IDisposable
{
    private const string SettingsName = "convert.json";
    private const string CompleteName = "complete";
    private const string LockName = "convert.lock";
    private const string ReplacedName = "replaced";

    private readonly AtomicFile _files;
    private readonly FileStream _lock;
    private readonly string _destination;

    private ConvertWork(string destination, AtomicFile files)
    {
        (_destination, _files) = (destination, files);
        files.CreateFolder(FolderOf(destination));
        string path = InFolder(LockName);
        try
        {
            _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{path}: another process converts to {destination} now ({e.Message}).", e);
        }
    }

    /// <summary>Where the result grows.</summary>
    public string PartialPath => PartialOf(_destination);

    /// <summary>Where it is noted how far it is.</summary>
    public string JournalPath => InFolder("done.tsv");

    /// <summary>Whether an earlier process began it.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>Whether nothing is left to do but to give the result its name.</summary>
    public bool IsComplete => File.Exists(InFolder(CompleteName));

    /// <summary>Whether a conversion to this destination was begun and did not come to its end.</summary>
    public static bool IsBegun(string destination) => File.Exists(Path.Combine(FolderOf(destination), SettingsName));

    /// <summary>Begins a conversion, or goes on with one.</summary>
    /// <param name="destination">The result's name.</param>
    /// <param name="settings">What is asked for.</param>
    /// <param name="overwrite">Whether one with other settings may be discarded.</param>
    /// <param name="files">Writes the files.</param>
    /// <exception cref="MismatchException">What was begun has other settings, or something else has the temporary name.</exception>
    public static ConvertWork Open(string destination, ConvertSettings settings, bool overwrite, AtomicFile files)
    {
        string partial = PartialOf(destination);
        if (!IsBegun(destination) && Path.Exists(partial))
        {
            throw new MismatchException($"{partial}: exists and is no conversion of ours: remove it, or choose another name than {destination}.");
        }

        ConvertWork work = new(destination, files);
        try
        {
            work.Agree(settings, overwrite);
            return work;
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    /// <summary>Gives the result its name. Killed at any point of this, the next call completes it.</summary>
    public void Publish()
    {
        _files.Write(InFolder(CompleteName), "\n"u8);
        if (Path.Exists(PartialPath))
        {
            if (Path.Exists(_destination))
            {
                Delete(InFolder(ReplacedName));
                Directory.Move(_destination, InFolder(ReplacedName));
            }

            Directory.Move(PartialPath, _destination);
            FileOperations.System.SyncFolder(Path.GetDirectoryName(_destination)!);
        }

        Delete(InFolder(ReplacedName));
        Forget();
    }

    /// <summary>Leaves nothing behind.</summary>
    public void Discard()
    {
        Delete(PartialPath);
        Forget();
    }

    public void Dispose() => _lock.Dispose();

    private static string FolderOf(string destination) => destination + ".convert";

    private static string PartialOf(string destination) => destination + ".partial";

    private void Agree(ConvertSettings settings, bool overwrite)
    {
        string path = InFolder(SettingsName);
        if (IsBegun(_destination) && ConvertSettings.Read(path).DifferenceTo(settings) is string difference)
        {
            if (!overwrite)
            {
                throw new MismatchException(
                    $"{FolderOf(_destination)} is of an unfinished conversion: {difference}. Repeat that command to go on, or give --overwrite to begin anew.");
            }

            Delete(PartialPath);
            File.Delete(path);
            File.Delete(InFolder(CompleteName));
            File.Delete(JournalPath);
        }

        IsResumed = File.Exists(path);
        if (!IsResumed)
        {
            File.Delete(JournalPath);
            _files.Write(path, settings.ToBytes());
        }
        else if (Directory.Exists(PartialPath))
        {
            _files.DeleteTemporaries(PartialPath); // of a process that was killed
        }
    }

    private void Forget()
    {
        foreach (string name in new[] { SettingsName, CompleteName }) // in this order: one without settings was never begun
        {
            File.Delete(InFolder(name));
        }

        File.Delete(JournalPath);
        _lock.Dispose();
        Directory.Delete(FolderOf(_destination), recursive: true);
    }

    private string InFolder(string name) => Path.Combine(FolderOf(_destination), name);

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}
