using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>Where an experiment lies: <c>rows/RECORD.json</c> of each row, a run's output and state in <c>runs/ID</c>, weights in <c>training</c>,
/// results and report beside them.</summary>
public sealed class ExperimentFolder
{
    private const string Mark = "experiment.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly AtomicFile _files = new(FileOperations.System);

    private ExperimentFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Makes the folder, or opens the one of an earlier start.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="matrix">What is run; another matrix may use the same folder, and finds the rows that it shares.</param>
    /// <exception cref="RunConflictException">Something else lies there.</exception>
    public static ExperimentFolder Open(string path, ExperimentMatrix matrix)
    {
        ExperimentFolder folder = new(System.IO.Path.GetFullPath(path));
        bool isOurs = File.Exists(folder.At(Mark));
        if (!isOurs && System.IO.Path.Exists(folder.Path) && Directory.EnumerateFileSystemEntries(folder.Path).Any())
        {
            throw new RunConflictException($"{folder.Path}: exists and holds no experiment. Choose another folder.");
        }

        folder._files.CreateFolder(folder.At("rows"));
        folder._files.CreateFolder(folder.At("runs"));
        folder.Write(Mark, new JsonObject { ["name"] = matrix.Name, ["rows"] = new JsonArray([.. matrix.Rows().Select(row => JsonValue.Create(row.Id))]) });
        return folder;
    }

    /// <summary>A path in the folder.</summary>
    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>The OME-Zarr of a row.</summary>
    public string OutputOf(ExperimentRow row) => At("runs", $"{row.Id}.zarr");

    /// <summary>The record of a row; <see langword="null"/> if it is not done.</summary>
    public JsonObject? ReadRow(ExperimentRow row)
    {
        string path = At("rows", $"{row.RecordId}.json");
        return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : null;
    }

    /// <summary>Stores the record of a row, which is then done.</summary>
    public void WriteRow(ExperimentRow row, JsonObject record) => Write(System.IO.Path.Combine("rows", $"{row.RecordId}.json"), record);

    /// <summary>Stores a document.</summary>
    public void Write(string name, JsonObject json) => Write(name, json.ToJsonString(Indented) + "\n");

    /// <summary>Stores a text.</summary>
    public void Write(string name, string text) => _files.Write(At(name), Encoding.UTF8.GetBytes(text));
}
