using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What <c>run.json</c> says: everything that a later process needs to go on with a run or to complete it. Written
/// once, and changed only when an input is said to have been repaired.</summary>
public sealed record RunManifest
{
    /// <summary>Version of this format that this program writes, and the only one that it reads.</summary>
    public const int CurrentFormat = 4;

    /// <summary>Version of this format; 0 if the document does not say.</summary>
    public required int Format { get; init; }

    /// <summary>When the run began, ISO 8601.</summary>
    public required string Created { get; init; }

    /// <summary>Where the input lay.</summary>
    public required string Input { get; init; }

    /// <summary>Final name of the output.</summary>
    public required string Output { get; init; }

    /// <summary>What decides the output's bytes: input, configuration, weights, program.</summary>
    public required JsonObject Provenance { get; init; }

    /// <summary>The input's fingerprint with the times of its files: only for telling whether a resume reads the same files.</summary>
    public required string InputFiles { get; init; }

    /// <summary>The input's fingerprints before it was repaired, in the order of the repairs; the one that holds is part of
    /// <see cref="Provenance"/>.</summary>
    public IReadOnlyList<string> BeforeRepairs { get; init; } = [];

    /// <summary>Where the output lies in the input, in voxels (z, y, x).</summary>
    public required int[] Origin { get; init; }

    /// <summary>Extent of the output in voxels.</summary>
    public required int[] Shape { get; init; }

    /// <summary>Extent of an output chunk.</summary>
    public required int[] Chunk { get; init; }

    /// <summary>Extent of a unit of the first stage that writes.</summary>
    public required int[] Unit { get; init; }

    /// <summary>Edges of a voxel of the finest level in micrometres; <see langword="null"/> if the input does not say.</summary>
    public double[]? VoxelSizeMicrometres { get; init; }

    /// <summary>Whether the probability is kept.</summary>
    public required bool SavesProbability { get; init; }

    /// <summary>Whether the mask is kept.</summary>
    public required bool SavesMask { get; init; }

    /// <summary>Whether the spread of groups and directions is kept.</summary>
    public bool SavesUncertainty { get; init; }

    /// <summary>Version of Zarr that the output is written in, 2 or 3.</summary>
    public int ZarrFormat { get; init; } = 2;

    /// <summary>What is made of the directions' answers; <see langword="null"/> if the segment stage writes the output itself.</summary>
    public RunCombination? Combine { get; init; }

    /// <summary>Tiles per call of the network: frozen, since a network's last bits may depend on it.</summary>
    public required int Batch { get; init; }

    /// <summary>The command line's arguments that began the run; empty if it was not begun from one.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The directions in which the volume is cut into slices, in the order in which they are computed; none if the run has no
    /// segment stage.</summary>
    public IReadOnlyList<RunDirection> Directions { get; init; } = [];

    /// <summary>Into how many shares the process that began the run saw it cut: what a batch system's tasks go by when nothing
    /// else says it. Default 1.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>What the link stage does, as it is written; <see langword="null"/> if the run has none.</summary>
    public string? Post { get; init; }

    /// <summary>The link stage's thresholds: the smallest value that is in, and the one that an object has to reach once.</summary>
    public int[] LinkLevels { get; init; } = [1, 1];

    /// <summary>Extent of a unit of the link stage.</summary>
    public int[]? LinkUnit { get; init; }

    /// <summary>Whether the run has no segment stage: what the link stage reads is the input itself.</summary>
    public bool LinksInput { get; init; }

    /// <summary>What the link stage does, if there is one.</summary>
    internal LinkOptions? PostOptions => Post is null ? null : LinkOptions.Parse(Post);

    /// <summary>Whether the objects' numbers are kept.</summary>
    internal bool SavesInstances => PostOptions?.Instances == true;

    /// <summary>The output cut into the link stage's units.</summary>
    internal ChunkGrid LinkUnits => new(ToShape(Shape), ToShape(LinkUnit ?? Unit));

    /// <summary>The output cut into the units in which directions are combined.</summary>
    internal ChunkGrid CombineUnits => new(ToShape(Shape), ToShape(Combine!.Unit));

    /// <summary>The output cut into units of a direction, as its slices see it.</summary>
    internal ChunkGrid UnitsOf(RunDirection direction) => new(direction.Frame.Turn(ToShape(Shape)), ToShape(direction.Unit));

    /// <summary>Extent of a unit of a direction, and the batch.</summary>
    internal (Shape3 Unit, int Batch)? FrozenIn(Axis axis) =>
        Directions.FirstOrDefault(direction => direction.Frame.Normal == axis) is RunDirection frozen ? (ToShape(frozen.Unit), Batch) : null;

    /// <summary>Describes a run that is about to begin.</summary>
    public static RunManifest Of(
        RunPlan plan, SegmentRequest request, VolumeInfo volume, string output, JsonObject provenance, string inputFiles, IReadOnlyList<int?> targets)
    {
        VoxelSize? voxel = volume.VoxelSize;
        SegmentPlan first = plan.First;
        return new RunManifest
        {
            Format = CurrentFormat,
            Created = DateTimeOffset.UtcNow.ToString("O"),
            Input = RemotePath.Full(volume.Path),
            InputFiles = inputFiles,
            Output = output,
            Provenance = provenance,
            Origin = [plan.Region.Start.Z, plan.Region.Start.Y, plan.Region.Start.X],
            Shape = ToArray(plan.Region.Shape),
            Chunk = ToArray(plan.OutputChunk),
            Unit = ToArray(first.Frame.Back(first.UnitShape)),
            Directions = [.. plan.Directions.Select((direction, i) => RunDirection.Of(direction, targets[i]))],
            VoxelSizeMicrometres = voxel is VoxelSize size ? [size.Z, size.Y, size.X] : null,
            SavesProbability = request.Options.SaveProbability,
            SavesMask = request.Options.SaveMask,
            SavesUncertainty = request.Options.SaveUncertainty,
            ZarrFormat = request.Options.ZarrFormat,
            Combine = RunCombination.Of(plan),
            Post = request.Options.Post?.ToString(),
            LinkLevels = [
                Probability.FirstForegroundLevel(request.Options.Post?.Hysteresis ?? first.Threshold),
                Probability.FirstForegroundLevel(first.Threshold)],
            LinkUnit = request.Options.Post is null ? null : ToArray(
                LinkStage.UnitFor(plan.Region.Shape, plan.OutputChunk, voxelBytes: 1, first.Memory.Total / first.Threads)),
            Batch = first.Batch,
            Arguments = request.Arguments,
            Shards = request.Shard.Count,
        };
    }

    /// <summary>Three extents as a shape.</summary>
    internal static Shape3 ToShape(int[] zyx) => new(zyx[0], zyx[1], zyx[2]);

    /// <summary>A shape as three extents.</summary>
    internal static int[] ToArray(Shape3 shape) => [shape.Z, shape.Y, shape.X];
}
