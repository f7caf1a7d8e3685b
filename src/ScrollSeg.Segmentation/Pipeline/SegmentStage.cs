using System.Diagnostics;
using System.Threading.Channels;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>
/// Runs a plan: rows are read ahead, slices segmented, finished units written behind. Reading, computing and writing
/// overlap, and what exists at once is bounded: <see cref="SegmentPlan.RowsInFlight"/> rows and two units.
/// </summary>
public sealed class SegmentStage
{
    private const int UnitsInFlight = 2; // one being computed, one being written

    private readonly SegmentPlan _plan;
    private readonly VolumeReader _volume;
    private readonly ISliceSegmenter _segmenter;
    private readonly IUnitSink _sink;
    private readonly VoxelAllocator _inner;

    /// <summary>Which units are computed; the others are some other process's, or done. Default all.</summary>
    public Func<SegmentUnit, bool> Wants { get; init; } = _ => true;

    /// <summary>Once cancelled, no further unit is begun; the one being computed and those being written are completed.</summary>
    public CancellationToken Drain { get; init; }

    /// <summary>Asked when a unit fails because of its input or its network: whether to pass over it and go on. Default no: the failure
    /// ends the stage.</summary>
    public Func<SegmentUnit, Exception, bool> SetsAside { get; init; } = (_, _) => false;

    /// <summary>Prepares the stage; everything handed in stays the caller's.</summary>
    public SegmentStage(
        SegmentPlan plan, VolumeReader volume, ISliceSegmenter segmenter, IUnitSink sink, VoxelAllocator? allocator = null)
    {
        (_plan, _volume, _segmenter, _sink) = (plan, volume, segmenter, sink);
        _inner = allocator ?? VoxelAllocator.Native;
    }

    /// <summary>Computes all units of the plan.</summary>
    /// <param name="progress">Receives the slices finished so far, over all units.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    /// <returns>What was computed.</returns>
    /// <exception cref="VolumeFormatException">A chunk of the input cannot be read or decoded.</exception>
    /// <exception cref="ArithmeticException">The network answered NaN.</exception>
    public async Task<SliceCounts> RunAsync(IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        using Pools pools = new(_inner);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using SemaphoreSlim unitSlots = new(UnitsInFlight);
        Channel<FinishedUnit> finished = Channel.CreateUnbounded<FinishedUnit>(
            new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }); // the slots bound it
        SliceCounts total = new();
        Task writing = Task.Run(() => WriteAsync(finished.Reader, unitSlots, total, stop), CancellationToken.None);
        try
        {
            await ComputeAsync(finished.Writer, unitSlots, pools, progress, stop.Token);
        }
        catch (Exception e)
        {
            await stop.CancelAsync();
            await EndAsync();
            if (e is OperationCanceledException && writing.IsFaulted)
            {
                await writing; // the writer failed and stopped us: its failure is the one to report
            }

            throw;
        }

        await EndAsync();
        await writing;
        return total;

        // when nobody writes to the channel or reads from it any more, what is left in it is ours
        async Task EndAsync()
        {
            finished.Writer.TryComplete();
            await writing.ContinueWith(static _ => { }, TaskScheduler.Default); // observed by the caller or superseded
            while (finished.Reader.TryRead(out FinishedUnit? unread))
            {
                unread.Dispose();
            }
        }
    }

    private async Task ComputeAsync(
        ChannelWriter<FinishedUnit> finished,
        SemaphoreSlim unitSlots,
        Pools pools,
        IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        SlicesDone done = new(progress);
        foreach (IReadOnlyList<SegmentUnit> column in _plan.ListColumns())
        {
            List<SegmentUnit> units = [.. column.Where(Wants)];
            if (units.Count == 0 || Drain.IsCancellationRequested)
            {
                continue;
            }

            IEnumerable<SliceGroup> groups = units.SelectMany(_plan.GroupsOf);
            SourceWindow window = new(groups);
            if (window.RowsNeeded(_plan.RowHeight) is int needed && needed > _plan.RowsInFlight)
            {
                throw new InvalidOperationException($"The plan holds {_plan.RowsInFlight} rows; {_plan.Strategy} needs {needed} at once.");
            }

            await using RowReader rows = new(
                _volume, _plan, _plan.ReadBoxOf(units[0]), SourceRows.Wanted(groups), pools.Rows, cancellationToken);
            int begun = 0; // groups of the units before
            foreach (SegmentUnit unit in units)
            {
                List<SliceGroup> own = _plan.GroupsOf(unit);
                Func<int, int> firstLeft = FirstLeftFrom(window, begun);
                begun += own.Count;
                if (Drain.IsCancellationRequested)
                {
                    return;
                }

                await unitSlots.WaitAsync(cancellationToken);
                try
                {
                    finished.TryWrite(await ComputeUnitAsync(unit, own, rows, firstLeft, pools, done, cancellationToken));
                }
                catch (Exception e) when (IsOfTheUnit(e) && SetsAside(unit, e))
                {
                    unitSlots.Release();
                }
            }
        }
    }

    /// <summary>Whether a failure says something about the unit's input or scores, rather than about the program or the machine.</summary>
    private static bool IsOfTheUnit(Exception e) => e is IOException || e.GetType() == typeof(ArithmeticException);

    private static Func<int, int> FirstLeftFrom(SourceWindow window, int begun) => group => window.FirstLeft(begun + group);

    /// <param name="unit">What to compute.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="rows">Where their slices come from.</param>
    /// <param name="firstLeft">The smallest slice that the i-th of the groups or a later one, of this unit or the next ones, needs.</param>
    /// <param name="pools">Memory.</param>
    /// <param name="done">Counts.</param>
    /// <param name="cancellationToken">Stops between groups.</param>
    private async Task<FinishedUnit> ComputeUnitAsync(
        SegmentUnit unit,
        List<SliceGroup> groups,
        RowReader rows,
        Func<int, int> firstLeft,
        Pools pools,
        SlicesDone done,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        VoxelBuffer output = VoxelBuffer.Rent(unit.Box.Shape, VoxelType.UInt8, pools.Units);
        VoxelBuffer? spread = _plan.KeepsSpread ? VoxelBuffer.Rent(unit.Box.Shape, VoxelType.UInt8, pools.Units) : null;
        SliceCounts counts = new() { HalvedBatches = -_segmenter.HalvedBatches };
        List<SliceWorker> workers = [];
        try
        {
            counts.EmptySlices = ClearUnspokenSlices(unit, groups, output);
            spread?.Clear();
            List<SliceTask> tasks = TasksOf(groups, unit, output, spread);
            for (int i = 0; i < Math.Min(_plan.Workers, tasks.Count(task => task.IsLast)); i++)
            {
                workers.Add(SliceWorker.Create(_plan, unit, _segmenter, pools.Tiles));
            }

            rows.DropBefore(firstLeft(0)); // what a unit that was set aside left
            for (int next = 0; next < groups.Count;)
            {
                int first = next;
                await rows.LoadUntilAsync(groups[next].Last, cancellationToken);
                while (next < groups.Count && groups[next].Last < rows.LoadedUntil)
                {
                    next++;
                }

                Segment(workers, [.. tasks[first..next].Select(task => WithRows(task, rows))], done, cancellationToken);
                rows.DropBefore(firstLeft(next));
            }

            foreach (SliceWorker worker in workers)
            {
                worker.Flush();
                counts.Add(worker.Counts);
            }

            counts.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            counts.HalvedBatches += _segmenter.HalvedBatches;
            return new FinishedUnit(unit, new UnitOutput(output, spread), counts);
        }
        catch
        {
            output.Dispose();
            spread?.Dispose();
            throw;
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }

    /// <summary>The targets of one row are shared out among the workers, all groups of a target to the same one; a network has only
    /// one worker.</summary>
    private static void Segment(
        List<SliceWorker> workers, List<SliceTask> slices, SlicesDone done, CancellationToken cancellationToken)
    {
        ParallelWork.ForEach(Enumerable.Range(0, workers.Count), workers.Count, SegmentShare, cancellationToken);

        void SegmentShare(int w)
        {
            foreach (SliceTask slice in slices.Where(slice => slice.Ordinal % workers.Count == w))
            {
                cancellationToken.ThrowIfCancellationRequested();
                workers[w].Add(slice);
                done.Report();
            }
        }
    }

    /// <summary>The tasks of a unit's groups, still without their rows.</summary>
    private List<SliceTask> TasksOf(List<SliceGroup> groups, SegmentUnit unit, VoxelBuffer output, VoxelBuffer? spread)
    {
        int start = _plan.InVolume(unit.Box).Start.Z;
        return
        [
            .. groups.GroupBy(group => group.Target).SelectMany((ofTarget, ordinal) =>
            {
                SliceGroup[] all = [.. ofTarget];
                return all.Select((group, number) => new SliceTask(group, [], null, output, group.Target - start)
                {
                    Spread = spread,
                    Ordinal = ordinal,
                    Number = number,
                    Count = all.Length,
                });
            }),
        ];
    }

    private static SliceTask WithRows(SliceTask task, RowReader rows) => task with
    {
        Rows = [.. task.Group.Sources.Select(rows.RowOf)],
        SupportRow = rows.RowOf(task.Group.SupportSlice),
    };

    /// <returns>How many there are.</returns>
    private long ClearUnspokenSlices(SegmentUnit unit, List<SliceGroup> groups, VoxelBuffer output)
    {
        long empty = 0;
        int start = _plan.InVolume(unit.Box).Start.Z;
        HashSet<int> spoken = [.. groups.Select(group => group.Target - start)];
        for (int z = 0; z < output.Shape.Z; z++)
        {
            if (!spoken.Contains(z))
            {
                output.Plane(z).Clear();
                empty++;
            }
        }

        return empty;
    }

    private async Task WriteAsync(
        ChannelReader<FinishedUnit> finished, SemaphoreSlim unitSlots, SliceCounts total, CancellationTokenSource stop)
    {
        try
        {
            await foreach (FinishedUnit result in finished.ReadAllAsync(CancellationToken.None))
            {
                using (result)
                {
                    stop.Token.ThrowIfCancellationRequested(); // a unit that is passed over must not pass for written
                    await _sink.WriteAsync(result.Unit, result.Output, result.Counts, stop.Token);
                    total.Add(result.Counts);
                }

                unitSlots.Release();
            }
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    /// <param name="Unit">Which one.</param>
    /// <param name="Output">Its voxels; owned.</param>
    /// <param name="Counts">What was computed for it.</param>
    private sealed record FinishedUnit(SegmentUnit Unit, UnitOutput Output, SliceCounts Counts) : IDisposable
    {
        public void Dispose()
        {
            Output.Probability.Dispose();
            Output.Uncertainty?.Dispose();
        }
    }

    /// <summary>Blocks that are used again; one pool for each kind, since their sizes differ.</summary>
    private sealed class Pools(VoxelAllocator inner) : IDisposable
    {
        public RecyclingAllocator Rows { get; } = new(inner);

        public RecyclingAllocator Units { get; } = new(inner);

        public RecyclingAllocator Tiles { get; } = new(inner);

        public void Dispose()
        {
            Rows.Dispose();
            Units.Dispose();
            Tiles.Dispose();
        }
    }

    private sealed class SlicesDone(IProgress<long>? progress)
    {
        private long _count;

        public void Report() => progress?.Report(Interlocked.Increment(ref _count));
    }
}
