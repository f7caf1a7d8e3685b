using System.Text.Json;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// The state of a run, beside its output: <c>run.json</c> (what was asked for and resolved; written once),
/// <c>statistics.json</c>, <c>plan.json</c> (what it was to take), a folder of records for each stage, <c>report.json</c> (what came of it).
/// </summary>
public sealed class RunFolder
{
    /// <summary>Name of the document that makes a folder a run.</summary>
    public const string ManifestName = "run.json";

    /// <summary>Below the run's folder: scripts and logs of the batch system that works on the run.</summary>
    public const string ClusterFolder = "cluster";

    private const string StatisticsName = "statistics.json";
    private const string ReportName = "report.json";
    private const string PlanName = "plan.json";
    private const string SegmentName = "segment-";
    private const string PyramidName = "pyramid";
    private const string LinkName = "link";
    private const string CombineName = "combine";
    private const string PropagateName = "propagate";

    /// <summary>Below the run's folder: what a verification computes again, while it does.</summary>
    internal const string VerifyName = "verify";

    /// <summary>Everything that a run puts into its folder, locks and temporary files aside.</summary>
    internal static readonly IReadOnlyList<string> Parts =
        [ManifestName, StatisticsName, StatisticsParts.FolderName, .. Enum.GetValues<Axis>().Select(NameOf), PropagateName, CombineName, LinkName, PyramidName, VerifyName, PlanName, ReportName, ClusterFolder];

    private readonly AtomicFile _files;

    private RunFolder(string path, RunManifest manifest, AtomicFile files) => (Path, Manifest, _files) = (path, manifest, files);

    /// <summary>The run on an input whose files were repaired where units had been set aside: units that are done are not looked at again.</summary>
    /// <param name="provenance">What would decide the output's bytes now.</param>
    /// <param name="inputFiles">The input's fingerprint with times now.</param>
    /// <exception cref="RunConflictException">The input differs, and no unit was set aside.</exception>
    internal RunFolder OnRepaired(JsonObject provenance, string inputFiles)
    {
        string? before = (string?)Manifest.Provenance["input"]?["fingerprint"];
        string? now = (string?)provenance["input"]?["fingerprint"];
        if (before is null || now is null || (before == now && Manifest.InputFiles == inputFiles))
        {
            return this;
        }

        if (ReadFailures().Count == 0)
        {
            throw new RunConflictException($"{Path}: no unit was set aside, so there was nothing in the input to repair.");
        }

        JsonObject repaired = Manifest.Provenance.DeepClone().AsObject();
        repaired["input"]!["fingerprint"] = now;
        RunManifest manifest = Manifest with
        {
            Provenance = repaired,
            InputFiles = inputFiles,
            BeforeRepairs = [.. Manifest.BeforeRepairs, before],
        };
        WriteJson(Path, ManifestName, manifest, _files);
        return new RunFolder(Path, manifest, _files);
    }

    /// <summary>Where the run's state lies.</summary>
    public string Path { get; }

    /// <summary>What the run does.</summary>
    public RunManifest Manifest { get; }

    /// <summary>Records of the stage that segments the slices along an axis.</summary>
    public StageFolder SegmentOf(Axis axis) => new(System.IO.Path.Combine(Path, NameOf(axis)), _files);

    /// <summary>Records of the first stage that segments.</summary>
    public StageFolder Segment => Segments[0].Records;

    /// <summary>The stages that segment, one for each direction.</summary>
    internal IReadOnlyList<RunStage> Segments => [.. Manifest.Directions.Select(direction => new RunStage(
        Manifest.Directions.Count > 1 ? direction.Axis + ":" : "", SegmentOf(direction.Frame.Normal), Manifest.UnitsOf(direction)))];

    /// <summary>Why units of those stages were set aside, by their names.</summary>
    public IReadOnlyList<UnitFailure> ReadFailures() => [.. Segments.SelectMany(
        stage => stage.Records.ReadFailures().Select(failure => failure with { Unit = stage.Prefix + failure.Unit }))];

    /// <summary>Masks and records of the stage that carries objects from slice to slice.</summary>
    internal string PropagatePath => System.IO.Path.Combine(Path, PropagateName);

    /// <summary>State of the stage that makes objects of the mask.</summary>
    public string LinkPath => System.IO.Path.Combine(Path, LinkName);

    /// <summary>Records of that stage's last pass, which say what it wrote.</summary>
    public StageFolder Link => LinkStage.WrittenIn(LinkPath, _files);

    /// <summary>Records of the stage that combines the directions' answers.</summary>
    public StageFolder Combine => new(System.IO.Path.Combine(Path, CombineName), _files);

    /// <summary>Whether any unit of the output was written.</summary>
    internal bool IsUnderWay => Manifest.LinksInput ? Link.ReadRecords().Any() : Segments.Any(stage => stage.Records.ReadRecords().Any());

    /// <summary>Whether all answers are combined: then they are no longer needed, and may be gone.</summary>
    /// <param name="store">Root of the store, under whichever name it has now.</param>
    internal bool IsCombined(string store) =>
        Manifest.Combine is not null && !new StageWork(Combine, Manifest.CombineUnits, store, Shard.Whole).ListLeft().Any();

    /// <summary>The first stages that write what is still there: the segment stages; once their answers are combined, what came of
    /// them; or the link stage, if there is no other.</summary>
    /// <param name="store">Root of the store, under whichever name it has now.</param>
    internal IReadOnlyList<RunStage> FirstIn(string store) =>
        Manifest.LinksInput ? [new RunStage("", Link, Manifest.LinkUnits)]
        : IsCombined(store) ? [new RunStage("", Combine, Manifest.CombineUnits)]
        : Segments;

    /// <summary>Records of the stage that makes the coarser levels.</summary>
    public StageFolder Pyramid => new(System.IO.Path.Combine(Path, PyramidName), _files);

    /// <summary>How documents and records are written.</summary>
    internal static JsonSerializerOptions Json { get; } =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Opens the run that a folder holds; <see langword="null"/> if it holds none.</summary>
    /// <exception cref="VolumeFormatException">The folder's manifest cannot be understood.</exception>
    public static RunFolder? TryOpen(string path, AtomicFile files)
    {
        string file = System.IO.Path.Combine(path, ManifestName);
        if (!File.Exists(file))
        {
            return null;
        }

        RunManifest manifest = Read<RunManifest>(file);
        return manifest.Format == RunManifest.CurrentFormat
            ? new RunFolder(path, manifest, files)
            : throw new VolumeFormatException(
                file, $"has format {manifest.Format}; this program reads {RunManifest.CurrentFormat}. Finish the run with the program that began it.");
    }

    /// <summary>Begins a run. When another process began the same one in the meantime, goes on with that.</summary>
    public static RunFolder Create(string path, RunManifest manifest, VolumeStatistics? statistics, AtomicFile files)
    {
        files.CreateFolder(path);
        if (statistics is not null)
        {
            WriteJson(path, StatisticsName, StatisticsDocument.Of(statistics), files);
        }

        files.WriteIfAbsent(System.IO.Path.Combine(path, ManifestName), JsonSerializer.SerializeToUtf8Bytes(manifest, Json));
        return TryOpen(path, files) ?? throw new IOException($"{path}: the run's manifest is gone as soon as it was written.");
    }

    /// <summary>The statistics that the run froze.</summary>
    public VolumeStatistics ReadStatistics() =>
        Read<StatisticsDocument>(System.IO.Path.Combine(Path, StatisticsName)).ToStatistics();

    /// <summary>How many objects the link stage found; <see langword="null"/> if it was not asked for them, or is not that far.</summary>
    public MergeCounts? ReadObjects()
    {
        string file = LinkStage.ObjectCountsIn(LinkPath);
        return File.Exists(file) ? Read<MergeCounts>(file) : null;
    }

    /// <summary>Keeps what the run is to take, as whoever began it planned it.</summary>
    internal void WritePlan(JsonObject plan) => WriteJson(Path, PlanName, plan, _files);

    /// <summary>What the run was to take; <see langword="null"/> if nobody noted it.</summary>
    public JsonObject? ReadPlan()
    {
        string file = System.IO.Path.Combine(Path, PlanName);
        return File.Exists(file) ? Read<JsonObject>(file) : null;
    }

    /// <summary>Keeps the report of the finished run.</summary>
    public void WriteReport(JsonObject report) => WriteJson(Path, ReportName, report, _files);

    /// <summary>The report of the finished run; <see langword="null"/> if it is not finished.</summary>
    public JsonObject? ReadReport()
    {
        string file = System.IO.Path.Combine(Path, ReportName);
        return File.Exists(file) ? Read<JsonObject>(file) : null;
    }

    /// <summary>Deletes what killed processes left, and the parts of the statistics, which are frozen: once nobody writes any
    /// more.</summary>
    public void DeleteTemporaries()
    {
        _files.DeleteTemporaries(Path);
        string parts = System.IO.Path.Combine(Path, StatisticsParts.FolderName);
        if (Directory.Exists(parts))
        {
            Directory.Delete(parts, recursive: true);
        }
    }

    /// <summary>Refuses to go on with a run that was begun otherwise.</summary>
    /// <param name="provenance">What would decide the output's bytes now.</param>
    /// <param name="inputFiles">The input's fingerprint with times now.</param>
    /// <param name="output">Where the output would go now.</param>
    /// <param name="options">What would be kept now.</param>
    /// <exception cref="RunConflictException">Something differs; the message names it, with both values.</exception>
    public void CheckSame(JsonObject provenance, string inputFiles, string output, SegmentOptions options)
    {
        CheckSame(provenance, inputFiles, output);
        Refuse(Difference(Manifest.SavesProbability, options.SaveProbability, "save.probability")
            ?? Difference(Manifest.SavesMask, options.SaveMask, "save.mask")
            ?? Difference(Manifest.SavesUncertainty, options.SaveUncertainty, "save.uncertainty")
            ?? Difference(Manifest.ZarrFormat, options.ZarrFormat, "zarr-format"));
    }

    /// <inheritdoc cref="CheckSame(JsonObject, string, string, SegmentOptions)"/>
    public void CheckSame(JsonObject provenance, string inputFiles, string output)
    {
        Refuse(
            Difference(Manifest.Provenance["input"], provenance["input"], "input")
                ?? Difference(Manifest.InputFiles, inputFiles, "the times of the input's files"),
            ReadFailures().Count == 0 ? "" : "If only what failed units could not read was repaired, --input-repaired goes on. ");
        Refuse(Difference(Manifest.Provenance, provenance, "") ?? Difference(Manifest.Output, output, "output"));
    }

    private static string NameOf(Axis axis) => SegmentName + SliceFrame.NameOf(axis);

    private void Refuse(string? difference, string hint = "")
    {
        if (difference is not null)
        {
            throw new RunConflictException($"{Path}: holds a run that differs: {difference}. {hint}Give another output, or --overwrite to discard it.");
        }
    }

    private static string? Difference(JsonNode? then, JsonNode? now, string path)
    {
        if (then is JsonObject before && now is JsonObject after)
        {
            return before.Select(pair => pair.Key).Union(after.Select(pair => pair.Key))
                .Select(key => Difference(before[key], after[key], path.Length == 0 ? key : $"{path}.{key}"))
                .FirstOrDefault(difference => difference is not null);
        }

        return JsonNode.DeepEquals(then, now) ? null : $"{path} was {Text(then)}, and is {Text(now)} now";
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "nothing";

    /// <summary>Reads a document of a run.</summary>
    /// <exception cref="VolumeFormatException">It is none.</exception>
    internal static T Read<T>(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(file), Json) ??
                throw new VolumeFormatException(file, "is empty; expected a document of a run.");
        }
        catch (JsonException e)
        {
            throw new VolumeFormatException(file, $"is no document of a run: {e.Message}", e);
        }
    }

    private static void WriteJson<T>(string path, string name, T document, AtomicFile files) =>
        files.Write(System.IO.Path.Combine(path, name), JsonSerializer.SerializeToUtf8Bytes(document, Json));
}
