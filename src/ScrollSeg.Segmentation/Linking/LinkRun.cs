using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>A run whose first stage is linking: objects of a mask that is there already. The same request again goes on where an
/// earlier process was stopped; status, verify and finalize work on it as on any run.</summary>
/// <param name="request">What is asked for.</param>
/// <param name="volume">The mask; stays the caller's.</param>
/// <param name="progress">Is told how far the run has come.</param>
public sealed class LinkRun(LinkRequest request, VolumeReader volume, IRunProgress progress)
{
    /// <summary>Kept for everything that is no voxel: code, the runtime's heap, encoded chunks.</summary>
    private const long BytesBesideUnits = 256L << 20;

    private VolumeInfo Info => volume.Info;

    /// <summary>Runs it, or what is left of it.</summary>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <returns>The run's folder, and how many objects there are of how many voxels; no count if objects were not asked for.</returns>
    /// <exception cref="RunConflictException">The output exists and is not this run's.</exception>
    /// <exception cref="RunStoppedException">Units are left, of this share or of others.</exception>
    /// <exception cref="InvalidRequestException">The request contradicts the volume.</exception>
    public async Task<(RunFolder Run, MergeCounts? Objects)> RunAsync(CancellationToken cancellationToken = default)
    {
        (int low, int high) = Levels();
        AtomicFile files = new(FileOperations.System, request.Durability);
        OutputPaths paths = OutputPaths.Of(request.Output, request.RunPath, Info.Path);
        RunFolder? run = request.Overwrite ? null : RunFolder.TryOpen(paths.Run, files);
        if (run is null)
        {
            paths.CheckFree(request.Overwrite);
        }

        foreach (string remark in Info.Defects.Concat(Info.Notes))
        {
            progress.Note(remark);
        }

        string inputFiles = await volume.FingerprintAsync(withTimes: true, cancellationToken);
        JsonObject provenance = ProvenanceOf(await volume.FingerprintAsync(withTimes: false, cancellationToken));
        if (request.Overwrite)
        {
            paths.Discard();
        }

        run ??= RunFolder.Create(paths.Run, ManifestOf(paths.Output, provenance, inputFiles, [low, high]), null, files);
        run.CheckSame(provenance, inputFiles, paths.Output);
        Shape3 chunk = RunManifest.ToShape(run.Manifest.Chunk);
        int threads = ThreadsFor(LinkStage.BytesPerThread(run.Manifest.LinkUnits.Chunk, chunk, Info.Type.ByteSize()));
        using ShardLock shardLock = ShardLock.Take(run.Path, request.Shard);
        await new RunCompletion(run, files, progress) { Drain = request.Drain, LinkThreads = threads, Reading = request.Reading }
            .FinishAsync(ThreadsFor(9 * sizeof(uint) * chunk.VoxelCount), request.Shard, cancellationToken);
        return (run, run.ReadObjects());
    }

    private int ThreadsFor(long bytesPerThread) =>
        (int)Math.Clamp((request.MemoryBudget - BytesBesideUnits) / bytesPerThread, 1, request.Threads);

    /// <summary>The smallest values that are in.</summary>
    private (int Low, int High) Levels()
    {
        if (request.Threshold is double && Info.Type != VoxelType.UInt8)
        {
            throw new InvalidRequestException(
                $"--threshold is for a probability of 8 bits; {Info.Path} holds {Info.Type.NumpyName()}. Without it, whatever is not 0 is in.");
        }

        if (request.Threshold is double && request.Options.SliceGap is not null)
        {
            throw new InvalidRequestException("--threshold is for a probability, and slices for numbers: give one of them.");
        }

        if (request.Options.Hysteresis is not double low)
        {
            int level = request.Threshold is double threshold ? Probability.FirstForegroundLevel(threshold) : 1;
            return (level, level);
        }

        return request.Threshold is not double high || high < low
            ? throw new InvalidRequestException(
                $"hysteresis takes a probability of 8 bits, and needs a --threshold that is not below its own {low}.")
            : (Probability.FirstForegroundLevel(low), Probability.FirstForegroundLevel(high));
    }

    private JsonObject ProvenanceOf(string fingerprint) => new()
    {
        ["version"] = Provenance.Version,
        ["input"] = new JsonObject
        {
            ["fingerprint"] = fingerprint,
            ["format"] = Info.Format,
            ["shape"] = new JsonArray(Info.Shape.Z, Info.Shape.Y, Info.Shape.X),
            ["dtype"] = Info.Type.NumpyName(),
            ["level"] = Info.Level,
        },
        ["configuration"] = new JsonObject { ["post"] = request.Options.ToString(), ["threshold"] = request.Threshold },
    };

    private RunManifest ManifestOf(string output, JsonObject provenance, string inputFiles, int[] levels)
    {
        Shape3 chunk = SegmentPlanner.OutputChunkFor(Info.ChunkShape, Info.Shape);
        Shape3 unit = LinkStage.UnitFor(
            Info.Shape, chunk, Info.Type.ByteSize(), (request.MemoryBudget - BytesBesideUnits) / request.Threads);
        return new RunManifest
        {
            Format = RunManifest.CurrentFormat,
            Created = DateTimeOffset.UtcNow.ToString("O"),
            Input = RemotePath.Full(Info.Path),
            InputFiles = inputFiles,
            Output = output,
            Provenance = provenance,
            Origin = [0, 0, 0],
            Shape = RunManifest.ToArray(Info.Shape),
            Chunk = RunManifest.ToArray(chunk),
            Unit = RunManifest.ToArray(unit),
            VoxelSizeMicrometres = Info.VoxelSize is VoxelSize size ? [size.Z, size.Y, size.X] : null,
            SavesProbability = false,
            SavesMask = true,
            Batch = 1,
            Shards = request.Shard.Count,
            Post = request.Options.ToString(),
            LinkLevels = levels,
            LinkUnit = RunManifest.ToArray(unit),
            LinksInput = true,
            ZarrFormat = request.ZarrFormat,
        };
    }
}
