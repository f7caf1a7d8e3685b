using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// The state of a run, beside its output: <c>run.json</c> (what was asked for, what was resolved; written once),
/// <c>statistics.json</c>, <c>units/</c> (one record per unit done), <c>report.json</c> (what came of it).
/// </summary>
public sealed class RunFolder
{
    /// <summary>How documents and records are written.</summary>
    internal static JsonSerializerOptions Json { get; } =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly AtomicFile _files;

    private RunFolder(string path, AtomicFile files) => (Path, _files) = (path, files);

    /// <summary>Where the run's state lies.</summary>
    public string Path { get; }

    /// <summary>Begins a run.</summary>
    /// <param name="path">The folder; must not hold a run yet.</param>
    /// <param name="files">How files are written.</param>
    /// <exception cref="RunConflictException">There is a run already.</exception>
    public static RunFolder Create(string path, AtomicFile files)
    {
        if (File.Exists(System.IO.Path.Combine(path, "run.json")))
        {
            throw new RunConflictException(
                $"{path}: holds a run already. Resuming one is not supported yet: give another output, or --overwrite to discard it.");
        }

        files.CreateFolder(System.IO.Path.Combine(path, "units"));
        return new RunFolder(path, files);
    }

    /// <summary>Writes a JSON document of the run.</summary>
    public void WriteDocument(string name, JsonObject document) =>
        _files.Write(System.IO.Path.Combine(Path, name), Encoding.UTF8.GetBytes(document.ToJsonString(Json) + "\n"));

    /// <summary>Records that a unit is done, and which objects it wrote.</summary>
    public void WriteRecord(SegmentUnit unit, UnitRecord record)
    {
        string file = System.IO.Path.Combine(Path, "units", unit.Name + ".json");
        _files.Write(file, JsonSerializer.SerializeToUtf8Bytes(record, Json));
    }
}

/// <summary>What a unit left behind.</summary>
/// <param name="Unit">The unit's name.</param>
/// <param name="Objects">The chunks it owns: key below the store's root, size and hash. A chunk of nothing but background is
/// not stored, and listed with size 0 and no hash.</param>
/// <param name="Seconds">Time to write it.</param>
/// <param name="Slices">Slices that got an answer.</param>
/// <param name="Tiles">Tiles that went through the segmenter.</param>
/// <param name="ExcludedVoxels">Voxels that are background because the scan has no data there.</param>
public sealed record UnitRecord(
    string Unit, IReadOnlyList<StoredObject> Objects, double Seconds, long Slices, long Tiles, long ExcludedVoxels);
