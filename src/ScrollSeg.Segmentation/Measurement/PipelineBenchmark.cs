using System.Diagnostics;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Measurement;

/// <summary>
/// Sets the segment stage against the parts that it cannot do without, by turns in one process: reading the same voxels alone,
/// writing the same output alone, and a network that takes a known time per batch.
/// </summary>
/// <remarks>Exists because a pipeline can lose half of its speed (a wait in the wrong place, a stage that does not overlap)
/// without any test noticing. It measures decoding, computing, encoding and the way between them; disks play no part where the
/// volume fits into the system's cache, and nothing is synced.</remarks>
public sealed class PipelineBenchmark
{
    private readonly VolumeReader _volume;
    private readonly VolumeStatistics _statistics;
    private readonly string _folder;
    private readonly SegmentOptions _options;
    private int _stores;

    private PipelineBenchmark(VolumeReader volume, VolumeStatistics statistics, string folder, SegmentOptions options) =>
        (_volume, _statistics, _folder, _options) = (volume, statistics, folder, options);

    /// <summary>Prepares a benchmark.</summary>
    /// <param name="volume">The volume; stays the caller's.</param>
    /// <param name="folder">An empty folder for the outputs, on the disk that is to be measured.</param>
    /// <param name="memoryBudget">Bytes to work within.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    public static async Task<PipelineBenchmark> CreateAsync(
        VolumeReader volume, string folder, long memoryBudget, CancellationToken cancellationToken = default)
    {
        SegmentOptions options = new() { MemoryBudget = memoryBudget };
        StatisticsOptions sample = options.Statistics with { Mode = StatisticsMode.Sample };
        VolumeStatistics statistics = await new StatisticsStage(volume, volume.Info.Bounds, sample).RunAsync(null, cancellationToken);
        return new PipelineBenchmark(volume, statistics, folder, options);
    }

    /// <summary>Measures everything once.</summary>
    /// <param name="networkMilliseconds">Time that the known network takes per batch of 8 tiles.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    public async Task<PipelineRound> MeasureAsync(int networkMilliseconds, CancellationToken cancellationToken = default)
    {
        double threshold = _statistics.SupportHistogram.Quantile(0.5);
        using ThresholdSegmenter voxelwise = new(threshold, below: false);
        SegmentPlan plan = PlanFor(voxelwise, _volume.Info.Bounds);
        double reading = await ReadAsync(plan, cancellationToken);
        (double stage, string store) = await StageAsync(plan, voxelwise, cancellationToken);
        double writing = await WriteAsync(plan, store, cancellationToken);

        using KnownNetwork network = new(networkMilliseconds);
        SegmentPlan slow = PlanFor(network, SmallPart());
        (double withNetwork, _) = await StageAsync(slow, network, cancellationToken);

        List<double> perVoxel = [];
        foreach (int divisor in new[] { 4, 2, 1 })
        {
            SegmentPlan part = PlanFor(voxelwise, Part(divisor));
            (double seconds, _) = await StageAsync(part, voxelwise, cancellationToken);
            perVoxel.Add(seconds / part.Region.Shape.VoxelCount);
        }

        return new PipelineRound(reading, writing, stage, network.Seconds, withNetwork, perVoxel);
    }

    private SegmentPlan PlanFor(ISliceSegmenter segmenter, Box3 region) => SegmentPlanner.Plan(
        _volume.Info, _options with { Region = region }, segmenter, _statistics, ProcessMemory.ResidentBytes());

    /// <summary>The whole volume's slices over a part of its height.</summary>
    private Box3 Part(int divisor) =>
        _volume.Info.Bounds.With(Axis.Z, 0, Math.Max(1, _volume.Info.Shape.Z / divisor));

    /// <summary>So much that the known network is asked some hundred times.</summary>
    private Box3 SmallPart()
    {
        Shape3 shape = _volume.Info.Shape;
        return new Box3((0, 0, 0), new Shape3(Math.Min(256, shape.Z), Math.Min(512, shape.Y), Math.Min(512, shape.X)));
    }

    /// <summary>Row by row as the stage does, one read behind the other.</summary>
    private async Task<double> ReadAsync(SegmentPlan plan, CancellationToken cancellationToken)
    {
        using RecyclingAllocator rows = new(VoxelAllocator.Native);
        long started = Stopwatch.GetTimestamp();
        foreach (IReadOnlyList<SegmentUnit> column in plan.ListColumns())
        {
            Box3 box = plan.ReadBoxOf(column[0]);
            for (int z = plan.Region.Start.Z; z < plan.Region.End.Z; z += plan.RowHeight)
            {
                int height = Math.Min(plan.RowHeight, plan.Region.End.Z - z);
                using VolumeBlock row = await VolumeBlock.ReadAsync(_volume, box.With(Axis.Z, z, height), cancellationToken, rows);
            }
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<(double Seconds, string Store)> StageAsync(
        SegmentPlan plan, ISliceSegmenter segmenter, CancellationToken cancellationToken)
    {
        (StoreSink sink, string store) = NewStore(plan);
        using (sink)
        {
            long started = Stopwatch.GetTimestamp();
            await new SegmentStage(plan, _volume, segmenter, sink).RunAsync(null, cancellationToken);
            return (Stopwatch.GetElapsedTime(started).TotalSeconds, store);
        }
    }

    /// <summary>The same units again, from memory.</summary>
    private async Task<double> WriteAsync(SegmentPlan plan, string store, CancellationToken cancellationToken)
    {
        await using ZarrVolume computed = await ZarrVolume.OpenAsync(Path.Combine(store, "0"), new ReaderOptions(), cancellationToken);
        (StoreSink sink, _) = NewStore(plan);
        using (sink)
        {
            double seconds = 0;
            foreach (SegmentUnit unit in plan.ListColumns().SelectMany(column => column))
            {
                using VolumeBlock block = await VolumeBlock.ReadAsync(computed, unit.Box, cancellationToken);
                long started = Stopwatch.GetTimestamp();
                await sink.WriteAsync(unit, new UnitOutput(block.Voxels), new SliceCounts(), cancellationToken);
                seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
            }

            return seconds;
        }
    }

    private (StoreSink Sink, string Path) NewStore(SegmentPlan plan)
    {
        AtomicFile files = new(FileOperations.System, Durability.None);
        string output = Path.Combine(_folder, $"{++_stores}.zarr");
        SegmentRequest request = new() { Output = output, Model = "benchmark", Options = _options };
        RunFolder run = RunFolder.Create(
            Path.ChangeExtension(output, ".run"), RunManifest.Of(new RunPlan([plan], _options), request, _volume.Info, output, new JsonObject(), "", [null]), _statistics, files);
        OutputStore store = new(run.Manifest, files);
        return (new StoreSink(plan, run.Segment, new VoxelOutputs(store.CreateProbability(), store.CreateMask(), null)), store.PartialPath);
    }

    /// <summary>Waits, as a processor does for a GPU, and counts how long.</summary>
    private sealed class KnownNetwork(int milliseconds) : ISliceSegmenter
    {
        public double Seconds { get; private set; }

        public string Identity => "known";

        public ScoreKind Scores => ScoreKind.Probability;

        public int? ViewSide => 256;

        public int MaxChannels => 3;

        public long WorkingBytes(int tileCount, int side) => 0;

        public void Segment(TileBatch tiles, Span<float> scores)
        {
            long started = Stopwatch.GetTimestamp();
            Thread.Sleep(milliseconds);
            Seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
            scores.Fill(0.4f);
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>What one round of the benchmark took, in seconds.</summary>
/// <param name="Reading">Reading alone what the stage reads.</param>
/// <param name="Writing">Writing alone what the stage writes.</param>
/// <param name="Stage">The stage with a threshold.</param>
/// <param name="NetworkAlone">What the known network waited.</param>
/// <param name="WithNetwork">The stage with it.</param>
/// <param name="PerVoxel">Seconds per voxel of a quarter, a half and all of the volume's height, with a threshold.</param>
public sealed record PipelineRound(
    double Reading, double Writing, double Stage, double NetworkAlone, double WithNetwork, IReadOnlyList<double> PerVoxel)
{
    /// <summary>The stage against the longer of what it cannot do without: 1 would be perfect.</summary>
    public double ThresholdRatio => Stage / Math.Max(Reading, Writing);

    /// <summary>The stage against the network alone.</summary>
    public double NetworkRatio => WithNetwork / NetworkAlone;
}
