using System.Diagnostics;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// Computes a few slices from the middle of a run on this machine and throws them away, to tell what the whole will take: reading,
/// computing and encoding are timed apart. An estimate: what was read may have been in the system's cache, and a scan is not the
/// same everywhere.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="volume">The volume; stays the caller's.</param>
/// <param name="segmenter">The model; stays the caller's.</param>
/// <param name="isFrugal">Whether a network is tried on single tiles only: the run comes in the same process, and what a full batch leaves
/// behind in the network's allocator would come on top of what is planned. A GPU, faster with full batches, then takes less than it says.</param>
internal sealed class RunProbe(SegmentPlan plan, VolumeReader volume, ISliceSegmenter segmenter, bool isFrugal = false)
{
    private const double SecondsWanted = 0.5; // of computing, several times
    private const double SlowSeconds = 4;     // a network that takes so long is tried no further
    private const int MostSlices = 256;
    private const int SideAtMost = 1024;      // voxels of a slice that are read
    private const int SlicesAtMost = 16;

    /// <summary>Measures.</summary>
    /// <param name="cancellationToken">Stops between slices.</param>
    public async Task<RunRates> MeasureAsync(CancellationToken cancellationToken)
    {
        List<SliceGroup> groups = GroupsInTheMiddle();
        if (groups.Count == 0)
        {
            return new RunRates(0, 0, 0, 0);
        }

        SegmentUnit unit = MiddleUnit(groups);
        (int first, int end) = (groups.Min(group => group.First), groups.Max(group => group.Last) + 1);
        Box3 box = plan.ReadBoxOf(unit).With(Axis.Z, first, end - first);
        long started = Stopwatch.GetTimestamp();
        using VolumeBlock block = await VolumeBlock.ReadAsync(volume, box, cancellationToken);
        double decoded = volume.Info.Chunks.Touching(box).LongCount() * (double)volume.Info.ChunkShape.VoxelCount * volume.Info.Type.ByteSize();
        double secondsPerByte = Stopwatch.GetElapsedTime(started).TotalSeconds / decoded;

        using VoxelBuffer output = VoxelBuffer.Rent(unit.Box.Shape, VoxelType.UInt8);
        output.Clear();
        (double secondsPerTile, int computed) = Compute(groups, unit, block, output, cancellationToken);
        (double secondsPerVoxel, double bytesPerVoxel) = Encode(output, computed);
        return new RunRates(secondsPerByte, secondsPerTile, secondsPerVoxel, bytesPerVoxel);
    }

    /// <summary>Neighbouring targets from the middle on, as many as lie within a few slices of each other.</summary>
    private List<SliceGroup> GroupsInTheMiddle()
    {
        (int start, int end) = (plan.Region.Start.Z, plan.Region.End.Z);
        int middle = start + ((end - start) / 2);
        List<SliceGroup> groups = [.. plan.Strategy.GroupsFor(plan.Volume.Shape.Z, middle, Math.Min(end, middle + SlicesAtMost)).Take(SlicesAtMost)];
        return groups.Count > 0 ? groups : [.. plan.Strategy.GroupsFor(plan.Volume.Shape.Z, start, end).Take(1)];
    }

    /// <summary>The targets' slices, from the middle of the region: one tile for a network, which has a batch of them in few slices, more
    /// for what computes in no time.</summary>
    private SegmentUnit MiddleUnit(List<SliceGroup> groups)
    {
        Shape3 all = plan.Region.Shape;
        int side = segmenter.AllowsConcurrentCalls ? SideAtMost : plan.Tile;
        (int y, int x) = (Math.Min(side, all.Y), Math.Min(side, all.X));
        int z = groups[0].Target - plan.Region.Start.Z;
        return new SegmentUnit(
            (0, 0, 0), new Box3((z, (all.Y - y) / 2, (all.X - x) / 2), new Shape3(groups[^1].Target - groups[0].Target + 1, y, x)));
    }

    /// <returns>Seconds per tile with all workers busy, and slices that are in the output.</returns>
    private (double SecondsPerTile, int Computed) Compute(
        List<SliceGroup> groups, SegmentUnit unit, VolumeBlock block, VoxelBuffer output, CancellationToken cancellationToken)
    {
        List<SliceTask> tasks = [.. groups.Select(group => new SliceTask(
            group, [.. group.Sources.Select(_ => block)], block, output, group.Target - groups[0].Target))];

        // the first slices are no part of the rate: with them code is compiled and weights are laid out
        SegmentPlan single = plan with { Batch = 1, Workers = 1 };
        int tilesPerSlice = TilesOf(unit);
        double first = Time(single, unit, tasks[..1], cancellationToken);
        if (first > SlowSeconds)
        {
            return (first / tilesPerSlice, 1);
        }

        double slice = Math.Max(Time(single, unit, tasks[..1], cancellationToken), 1e-6);
        int wanted = (int)Math.Min(SecondsWanted * plan.Workers / slice, MostSlices);
        int needed = ((plan.Batch * plan.Workers) + tilesPerSlice - 1) / tilesPerSlice; // a batch that is not full is computed whole
        if (needed * slice > SlowSeconds || (isFrugal && !segmenter.AllowsConcurrentCalls))
        {
            return (slice / tilesPerSlice, 1);
        }

        List<SliceTask> more = [.. Enumerable.Range(0, Math.Max(wanted, needed)).Select(i => tasks[i % tasks.Count])];
        double seconds = Math.Min(Time(plan, unit, more, cancellationToken), Time(plan, unit, more, cancellationToken));
        return (seconds / (more.Count * tilesPerSlice), Math.Min(tasks.Count, more.Count));
    }

    private double Time(SegmentPlan with, SegmentUnit unit, List<SliceTask> tasks, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        ParallelWork.ForEach(
            Enumerable.Range(0, with.Workers),
            with.Workers,
            w =>
            {
                using SliceWorker worker = SliceWorker.Create(with, unit, segmenter, VoxelAllocator.Native);
                for (int i = w; i < tasks.Count; i += with.Workers)
                {
                    worker.Add(tasks[i]);
                }

                worker.Flush();
            },
            cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private int TilesOf(SegmentUnit unit)
    {
        Box3 own = plan.InVolume(unit.Box);
        return plan.TileRows.Covering(own.Start.Y, own.End.Y).Count * plan.TileColumns.Covering(own.Start.X, own.End.X).Count;
    }

    /// <returns>Seconds to encode a voxel with all threads, and bytes that it takes, probability and mask together.</returns>
    private (double Seconds, double Bytes) Encode(VoxelBuffer output, int slices)
    {
        ChunkCodec codec = OutputStore.Codec;
        int plane = (int)output.Shape.PlaneCount;
        byte[] levels = output.Bytes[..(Math.Min(slices, output.Shape.Z) * plane)].ToArray(); // several groups may speak for one slice
        byte foreground = (byte)Math.Min(255, Probability.FirstForegroundLevel(plan.Threshold));
        byte[] mask = [.. levels.Select(level => level >= foreground ? (byte)1 : (byte)0)];
        byte[] encoded = new byte[codec.MaxEncodedLength(levels.Length)];
        long started = Stopwatch.GetTimestamp();
        double bytes = codec.Encode(levels, encoded) + codec.Encode(mask, encoded);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds / Math.Max(1, plan.Threads);
        return (seconds / levels.Length, bytes / levels.Length);
    }
}

/// <summary>What a run will take, as far as a few slices show it.</summary>
/// <param name="StatisticsSeconds">Time of the statistics stage.</param>
/// <param name="SegmentSeconds">Time of the segment stage if nothing in it overlapped: on a processor that computes the network too,
/// little does; beside a GPU, reading and writing are hidden.</param>
/// <param name="PyramidSeconds">Time of the coarser levels.</param>
/// <param name="BytesWritten">Bytes of the output, encoded, the pyramid included.</param>
public sealed record RunEstimate(double StatisticsSeconds, double SegmentSeconds, double PyramidSeconds, long BytesWritten)
{
    /// <summary>Time of all stages.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(StatisticsSeconds + PropagateSeconds + SegmentSeconds + CombineSeconds + PyramidSeconds);

    /// <summary>Time to fuse directions and to fill gaps.</summary>
    public double CombineSeconds { get; init; }

    /// <summary>Time to carry objects from slice to slice, at most: they may end sooner.</summary>
    public double PropagateSeconds { get; init; }

    /// <summary>This and another direction of the same output.</summary>
    internal RunEstimate With(RunEstimate direction) => this with
    {
        StatisticsSeconds = StatisticsSeconds + direction.StatisticsSeconds,
        SegmentSeconds = SegmentSeconds + direction.SegmentSeconds,
        PyramidSeconds = Math.Max(PyramidSeconds, direction.PyramidSeconds),
        BytesWritten = Math.Max(BytesWritten, direction.BytesWritten),
    };
}
