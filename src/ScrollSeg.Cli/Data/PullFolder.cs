using System.Collections.Concurrent;
using System.Security.Cryptography;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Data;

/// <summary>
/// The place that data are pulled to. While something is missing it is called <c>OUT.partial</c>; <c>OUT.pull</c> beside it
/// keeps what was asked for, and what is there with its hash. One process at a time.
/// </summary>
internal sealed class PullFolder : IDisposable
{
    private const string RecordName = "pull.json";
    private const string JournalName = "objects.tsv";

    private readonly AtomicFile _files;
    private readonly ObjectJournal _journal;
    private readonly ConcurrentDictionary<string, long> _known = [];

    private PullFolder(string output, PullRecord identity, AtomicFile files)
    {
        (Output, _files) = (output, files);
        files.CreateFolder(RecordFolder(output));
        _journal = ObjectJournal.Open(JournalPath(output), done => _known[done.Key] = done.Sha256.Length == 0 ? -1 : done.Bytes);
        try
        {
            Record = Agree(identity);
        }
        catch
        {
            _journal.Dispose();
            throw;
        }
    }

    /// <summary>Where everything is once it is complete.</summary>
    public string Output { get; }

    /// <summary>Where it is until then.</summary>
    public string WorkPath => PartialPath(Output);

    /// <summary>What was asked for so far.</summary>
    public PullRecord Record { get; private set; }

    public static string PartialPath(string output) => output + ".partial";

    public static string RecordPath(string output) => Path.Combine(RecordFolder(output), RecordName);

    public static string JournalPath(string output) => Path.Combine(RecordFolder(output), JournalName);

    /// <summary>Opens a place, or begins one.</summary>
    /// <param name="output">Its name.</param>
    /// <param name="identity">What is to be pulled; its parts do not matter.</param>
    /// <param name="files">Writes the files.</param>
    /// <exception cref="MismatchException">Something else is there.</exception>
    public static PullFolder Open(string output, PullRecord identity, AtomicFile files)
    {
        bool hasRecord = File.Exists(RecordPath(output));
        string partial = PartialPath(output);
        if (!hasRecord && (Path.Exists(output) || Path.Exists(partial)))
        {
            throw new MismatchException($"{(Path.Exists(output) ? output : partial)} exists and was not pulled by this program: choose another --output.");
        }

        if (Path.Exists(output) && Path.Exists(partial))
        {
            throw new MismatchException($"{output} and {partial} both exist: remove the one that you do not want.");
        }

        return new PullFolder(output, identity, files);
    }

    /// <summary>Whether an object is there already, or is known to be absent at its source.</summary>
    public bool IsDone(string key)
    {
        string path = Path.Combine(Path.Exists(Output) ? Output : WorkPath, key);
        FileInfo file = new(path);
        if (_known.TryGetValue(key, out long bytes))
        {
            return bytes < 0 ? !file.Exists : file.Exists && file.Length == bytes;
        }

        if (!file.Exists)
        {
            return false;
        }

        // it has its final name, so it is whole: the process was killed before it noted it
        using FileStream content = file.OpenRead();
        Add(new StoredObject(key, file.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        return true;
    }

    /// <summary>Notes an object that is safe.</summary>
    public void Add(StoredObject done)
    {
        _journal.Add(done);
        _known[done.Key] = done.Sha256.Length == 0 ? -1 : done.Bytes;
    }

    /// <summary>Whether a part was asked for before and nothing is missing of anything.</summary>
    public bool Has(PullPart part) => Path.Exists(Output) && Record.Parts.Any(part.IsSame);

    /// <summary>Begins to pull a part; what is there already goes under the name of what is incomplete.</summary>
    public void Begin(PullPart part)
    {
        if (!Record.Parts.Any(part.IsSame))
        {
            Record = Record with { Parts = [.. Record.Parts, part] };
            _files.Write(RecordPath(Output), Record.ToBytes());
        }

        if (Directory.Exists(Output))
        {
            _files.RenameFolder(Output, WorkPath);
        }

        _files.CreateFolder(WorkPath);
        _files.DeleteTemporaries(WorkPath);
    }

    /// <summary>Gives what is complete its name.</summary>
    public void Complete()
    {
        _journal.Sync();
        _files.RenameFolder(WorkPath, Output);
    }

    public void Dispose() => _journal.Dispose();

    private static string RecordFolder(string output) => output + ".pull";

    private PullRecord Agree(PullRecord identity)
    {
        string path = RecordPath(Output);
        if (!File.Exists(path))
        {
            PullRecord begun = identity with { Parts = [] };
            _files.Write(path, begun.ToBytes());
            return begun;
        }

        PullRecord there = PullRecord.Read(path);
        return there.DifferenceTo(identity) is string difference
            ? throw new MismatchException($"{Output} is of another pull: {difference}. Choose another --output.")
            : there;
    }
}
