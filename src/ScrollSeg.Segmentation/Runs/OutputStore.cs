using System.Text.Json.Nodes;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// The OME-Zarr that a run makes: probability as a multiscale image, the mask as its label. It grows under a name of its
/// own and gets its final one when nothing is missing, so that no reader ever takes a part for the whole.
/// </summary>
internal sealed class OutputStore
{
    /// <summary>What is added to the output's name until it is complete.</summary>
    public const string PartialSuffix = ".partial";

    private const int SmallestLevel = 64; // levels go on until the longest side is at most twice this
    private const int MostLevels = 8;
    private const string MaskName = "mask";
    private const string InstancesName = "instances";
    private const string UncertaintyName = "uncertainty";
    private const string DirectionsName = "directions"; // answers that are still to be combined

    /// <summary>How chunks are compressed.</summary>
    public static ChunkCodec Codec { get; } = ZarrV2Codecs.FromName("blosc-zstd", elementSize: 1)!;

    private static ChunkCodec NumberCodec { get; } = ZarrV2Codecs.FromName("blosc-zstd", elementSize: sizeof(uint))!;

    private readonly RunManifest _run;
    private readonly AtomicFile _files;
    private readonly Shape3 _shape;
    private readonly Shape3 _chunk;

    /// <param name="run">Shape, chunks, what is kept, and the store's final name.</param>
    /// <param name="files">How files are written.</param>
    public OutputStore(RunManifest run, AtomicFile files)
    {
        (_run, _files) = (run, files);
        (_shape, _chunk) = (RunManifest.ToShape(run.Shape), RunManifest.ToShape(run.Chunk));
    }

    /// <summary>Where the store lies until it is complete.</summary>
    public string PartialPath => _run.Output + PartialSuffix;

    /// <summary>Whether the store has its final name. An older output of that name stays until the new one is complete: it is
    /// told from it by the partial one, or by there being no unit yet.</summary>
    public bool IsComplete(bool anyUnitIsDone) => anyUnitIsDone && Directory.Exists(_run.Output) && !Directory.Exists(PartialPath);

    /// <summary>Levels of the pyramid, the finest included.</summary>
    public int LevelCount
    {
        get
        {
            int longest = Math.Max(_shape.Z, Math.Max(_shape.Y, _shape.X));
            int levels = 1;
            for (; longest > 2 * SmallestLevel && levels < MostLevels; longest = (longest + 1) / 2)
            {
                levels++;
            }

            return levels;
        }
    }

    /// <summary>Makes the finest level of the probability, if it is kept.</summary>
    public OutputArray? CreateProbability() => _run.SavesProbability ? Create("0", level: 0) : null;

    /// <summary>Makes the finest level of the uncertainty, if it is kept.</summary>
    public OutputArray? CreateUncertainty() => _run.SavesUncertainty ? Create($"{UncertaintyName}/0", level: 0) : null;

    /// <summary>Makes what a stage writes that makes the output.</summary>
    public VoxelOutputs CreateOutputs() => new(CreateProbability(), CreateMask(), CreateUncertainty());

    /// <summary>Makes what a direction's answers are kept in until they are combined.</summary>
    public VoxelOutputs CreateAnswers(RunDirection direction) => new(
        Create(AnswersPath(direction), level: 0), null, _run.Combine?.HasSpread == true ? Create(SpreadPath(direction), level: 0) : null);

    /// <summary>Opens what a direction answered.</summary>
    /// <param name="direction">The direction.</param>
    /// <param name="options">Threads and caches.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <returns>The levels, and the spread if it was kept; the caller disposes them.</returns>
    public async Task<(VolumeReader Levels, VolumeReader? Spread)> OpenAnswersAsync(
        RunDirection direction, ReaderOptions options, CancellationToken cancellationToken)
    {
        VolumeReader levels = await ZarrVolume.OpenAsync(Path.Combine(PartialPath, AnswersPath(direction)), options, cancellationToken);
        return (levels, _run.Combine?.HasSpread == true
            ? await ZarrVolume.OpenAsync(Path.Combine(PartialPath, SpreadPath(direction)), options, cancellationToken)
            : null);
    }

    /// <summary>Makes the finest level of the mask, if it is kept and no later stage makes it.</summary>
    public OutputArray? CreateMask() => _run.Post is null ? CreateLinkedMask() : null;

    /// <summary>Makes the finest level of the mask, if it is kept, whichever stage fills it.</summary>
    public OutputArray? CreateLinkedMask() => _run.SavesMask ? Create($"labels/{MaskName}/0", level: 0) : null;

    /// <summary>Makes the finest level of the objects' numbers, if they are kept.</summary>
    public OutputArray? CreateInstances() => _run.SavesInstances ? Create($"labels/{InstancesName}/0", level: 0) : null;

    /// <summary>Bytes of a decoded chunk of an array.</summary>
    /// <param name="path">Where the array lies: <c>.../LEVEL</c>.</param>
    public int ChunkBytesOf(string path) =>
        (int)ChunkAt(int.Parse(Path.GetFileName(path), null)).VoxelCount * TypeOf(path).ByteSize();

    /// <summary>Chunks of the finest level.</summary>
    public ChunkGrid Chunks => new(_shape, _chunk);

    /// <summary>Makes some chunks of a coarser level of everything that is kept, from the next finer one.</summary>
    /// <param name="level">Which level, from 1.</param>
    /// <param name="covered">What to make, in voxels of the finest level: whole chunks of the coarser one.</param>
    /// <param name="threads">Chunks in work at the same time.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <returns>What was written, with keys below the store's root.</returns>
    public async Task<List<StoredObject>> BuildLevelAsync(int level, Box3 covered, int threads, CancellationToken cancellationToken)
    {
        List<StoredObject> written = [];
        foreach ((string prefix, Downsampling method) in Kept())
        {
            await using ZarrVolume finer = await ZarrVolume.OpenAsync(
                Path.Combine(PartialPath, $"{prefix}{level - 1}"), new ReaderOptions { DecodeThreads = 1 }, cancellationToken);
            OutputArray coarser = Create($"{prefix}{level}", level);
            IReadOnlyCollection<StoredObject> objects = await PyramidBuilder.BuildChunksAsync(
                finer, coarser.Writer, coarser.Writer.Spec.Objects.Touching(AtLevel(covered, level)), method, threads, cancellationToken);
            written.AddRange(objects.Select(o => o with { Key = $"{coarser.Path}/{o.Key}" }));
        }

        return written;
    }

    /// <summary>Writes the metadata that make the arrays an image, and gives the store its final name.</summary>
    public void Finish()
    {
        JsonObject attributes = new() { ["scrollseg"] = _run.Provenance.DeepClone() };
        List<string> labels = [];
        if (_run.SavesMask)
        {
            labels.Add(MaskName);
            NgffWriter.WriteLabelImage(
                Path.Combine(PartialPath, "labels", MaskName), Image(MaskName, "mode"), [(1, 230, 159, 0, 255)], _files, Clone(attributes), _run.ZarrFormat);
        }

        if (_run.SavesInstances)
        {
            labels.Add(InstancesName);
            NgffWriter.WriteLabelImage(
                Path.Combine(PartialPath, "labels", InstancesName), Image(InstancesName, "mode"), [], _files, Clone(attributes), _run.ZarrFormat);
        }

        if (labels.Count > 0)
        {
            NgffWriter.WriteLabelsGroup(Path.Combine(PartialPath, "labels"), labels, _files, _run.ZarrFormat);
        }

        if (_run.SavesProbability)
        {
            NgffWriter.WriteImage(
                PartialPath, Image(Path.GetFileNameWithoutExtension(_run.Output), "mean"), _files, attributes, _run.ZarrFormat);
        }
        else
        {
            NgffWriter.WriteGroup(PartialPath, _files, _run.ZarrFormat);
        }

        if (_run.SavesUncertainty)
        {
            NgffWriter.WriteImage(
                Path.Combine(PartialPath, UncertaintyName), Image(UncertaintyName, "mean"), _files, Clone(attributes), _run.ZarrFormat);
        }

        DeleteAnswers();
        _files.DeleteTemporaries(PartialPath); // of processes that were killed: nobody writes any more
        string old = Path.Combine(Path.GetDirectoryName(_run.Output)!, $".{Path.GetFileName(_run.Output)}.old{AtomicFile.TemporarySuffix}");
        if (Directory.Exists(_run.Output))
        {
            _files.RenameFolder(_run.Output, old); // --overwrite: the old one stays until the new one is complete
        }

        _files.RenameFolder(PartialPath, _run.Output);
        if (Directory.Exists(old))
        {
            Directory.Delete(old, recursive: true);
        }
    }

    /// <summary>What was combined is not part of the output.</summary>
    private void DeleteAnswers()
    {
        string answers = Path.Combine(PartialPath, DirectionsName);
        if (Directory.Exists(answers))
        {
            Directory.Delete(answers, recursive: true);
        }
    }

    private static string AnswersPath(RunDirection direction) => $"{DirectionsName}/{direction.Axis}/0";

    private static string SpreadPath(RunDirection direction) => $"{DirectionsName}/{direction.Axis}-spread/0";

    private static JsonObject Clone(JsonObject node) => (JsonObject)node.DeepClone();

    private NgffImage Image(string name, string method)
    {
        (double z, double y, double x) = _run.VoxelSizeMicrometres is [double sizeZ, double sizeY, double sizeX] ? (sizeZ, sizeY, sizeX) : (1, 1, 1);
        List<NgffLevel> levels = [];
        for (int level = 0; level < LevelCount; level++)
        {
            (double Z, double Y, double X) factor = LevelShape(level).Factor;
            // a coarse voxel's centre lies between those it was made of
            levels.Add(new NgffLevel(
                $"{level}",
                (z * factor.Z, y * factor.Y, x * factor.X),
                (z * (_run.Origin[0] + ((factor.Z - 1) / 2)),
                 y * (_run.Origin[1] + ((factor.Y - 1) / 2)),
                 x * (_run.Origin[2] + ((factor.X - 1) / 2)))));
        }

        return new NgffImage(name, levels, InMicrometres: _run.VoxelSizeMicrometres is not null) { DownscaleMethod = method };
    }

    private (Shape3 Shape, (double Z, double Y, double X) Factor) LevelShape(int level) => PyramidBuilder.LevelOf(_shape, level);

    /// <summary>A level that is smaller than a chunk along an axis has one as long as itself.</summary>
    private Shape3 ChunkAt(int level)
    {
        Shape3 shape = LevelShape(level).Shape;
        return new Shape3(Math.Min(_chunk.Z, shape.Z), Math.Min(_chunk.Y, shape.Y), Math.Min(_chunk.X, shape.X));
    }

    private OutputArray Create(string path, int level)
    {
        ZarrArraySpec spec = new(LevelShape(level).Shape, ChunkAt(level), TypeOf(path))
        {
            Codec = TypeOf(path) == VoxelType.UInt8 ? Codec : NumberCodec,
            ZarrFormat = _run.ZarrFormat,
        };
        return new OutputArray(path, ZarrArrayWriter.Create(Path.Combine(PartialPath, path), spec, _files));
    }

    private static VoxelType TypeOf(string path) =>
        Path.GetFileName(Path.GetDirectoryName(path)) == InstancesName ? VoxelType.UInt32 : VoxelType.UInt8;

    private IEnumerable<(string Prefix, Downsampling Method)> Kept()
    {
        if (_run.SavesProbability)
        {
            yield return ("", Downsampling.Mean);
        }

        if (_run.SavesUncertainty)
        {
            yield return ($"{UncertaintyName}/", Downsampling.Mean);
        }

        if (_run.SavesMask)
        {
            yield return ($"labels/{MaskName}/", Downsampling.Majority);
        }

        if (_run.SavesInstances)
        {
            yield return ($"labels/{InstancesName}/", Downsampling.Majority);
        }
    }

    /// <summary>A box of the finest level in voxels of a coarser one.</summary>
    private Box3 AtLevel(Box3 box, int level)
    {
        for (int i = 0; i < level; i++)
        {
            box = Box3.FromBounds(
                (box.Start.Z / 2, box.Start.Y / 2, box.Start.X / 2), ((box.End.Z + 1) / 2, (box.End.Y + 1) / 2, (box.End.X + 1) / 2));
        }

        return box.Intersect(new Box3((0, 0, 0), LevelShape(level).Shape));
    }
}
