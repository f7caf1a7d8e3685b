using System.Text.Json;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// The records of one stage of a run: <c>units/</c> has one for each unit done, <c>failed/</c> one for each that was set aside.
/// </summary>
public sealed class StageFolder
{
    private readonly string _path;
    private readonly AtomicFile _files;

    /// <param name="path">The stage's folder; need not exist yet.</param>
    /// <param name="files">How records are written.</param>
    internal StageFolder(string path, AtomicFile files) => (_path, _files) = (path, files);

    /// <summary>Records that a unit is done, and forgets that it ever failed.</summary>
    public void Write(UnitRecord record)
    {
        Write(UnitPath(record.Unit), record);
        string failure = FailurePath(record.Unit);
        if (File.Exists(failure))
        {
            File.Delete(failure);
        }
    }

    /// <summary>Records that a unit was set aside.</summary>
    public void Write(UnitFailure failure) => Write(FailurePath(failure.Unit), failure);

    /// <summary>A unit's record; <see langword="null"/> if it is not done.</summary>
    public UnitRecord? ReadRecord(string unit) => ReadIfThere<UnitRecord>(UnitPath(unit));

    /// <summary>Why a unit was set aside; <see langword="null"/> if it was not.</summary>
    public UnitFailure? ReadFailure(string unit) => ReadIfThere<UnitFailure>(FailurePath(unit));

    /// <summary>All records there are, in no particular order, one at a time.</summary>
    public IEnumerable<UnitRecord> ReadRecords() => ReadAll<UnitRecord>("units");

    /// <summary>All failures there are, by the units' names.</summary>
    public IReadOnlyList<UnitFailure> ReadFailures() =>
        [.. ReadAll<UnitFailure>("failed").OrderBy(failure => failure.Unit, StringComparer.Ordinal)];

    /// <summary>A folder of a million files is slow on the file systems of clusters: records are spread over 256.</summary>
    private static string Spread(string unit)
    {
        uint hash = 2166136261; // FNV-1a (Fowler, Noll, Vo), the same on every machine
        foreach (char c in unit)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (hash & 0xFF).ToString("x2", null);
    }

    private string UnitPath(string unit) => Path.Combine(_path, "units", Spread(unit), unit + ".json");

    private string FailurePath(string unit) => Path.Combine(_path, "failed", unit + ".json");

    private void Write<T>(string path, T document)
    {
        _files.CreateFolder(Path.GetDirectoryName(path)!);
        _files.Write(path, JsonSerializer.SerializeToUtf8Bytes(document, RunFolder.Json));
    }

    private static T? ReadIfThere<T>(string path)
        where T : class =>
        File.Exists(path) ? RunFolder.Read<T>(path) : null;

    private IEnumerable<T> ReadAll<T>(string kind)
    {
        string folder = Path.Combine(_path, kind);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Select(RunFolder.Read<T>)
            : [];
    }
}
