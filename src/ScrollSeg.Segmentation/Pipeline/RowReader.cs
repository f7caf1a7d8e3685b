using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>
/// Reads the rows of a column ahead of whoever segments them, from top to bottom and each once. At most
/// <see cref="SegmentPlan.RowsInFlight"/> rows exist, the one being read and those in use included.
/// </summary>
internal sealed class RowReader : IAsyncDisposable
{
    private readonly SemaphoreSlim _slots;
    private readonly Channel<Row> _rows = Channel.CreateUnbounded<Row>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }); // the slots bound it
    private readonly CancellationTokenSource _stop;
    private readonly List<Row> _window = [];
    private readonly Task _reading;
    private int _skipBefore; // rows that end here or earlier are dropped as they come

    /// <param name="volume">Where to read.</param>
    /// <param name="plan">Height of the rows, and how many may exist.</param>
    /// <param name="column">What to read of every slice, in voxels of the volume; its z range is ignored.</param>
    /// <param name="sources">The slices wanted, ascending.</param>
    /// <param name="allocator">Where the rows get their memory.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    public RowReader(
        VolumeReader volume, SegmentPlan plan, Box3 column, IEnumerable<int> sources, VoxelAllocator? allocator, CancellationToken cancellationToken)
    {
        _slots = new SemaphoreSlim(plan.RowsInFlight);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IEnumerable<Box3> boxes = SourceRows.List(plan, sources).Select(row => column.With(Axis.Z, row.Start, row.End - row.Start));
        _reading = Task.Run(() => FillAsync(volume, boxes, allocator, _stop.Token), CancellationToken.None);
    }

    /// <summary>Waits until the slices up to <paramref name="last"/> that were asked for are here, or are known to be unreadable.</summary>
    public async ValueTask LoadUntilAsync(int last, CancellationToken cancellationToken)
    {
        while (_window.Count == 0 || _window[^1].Box.End.Z <= last)
        {
            if (!await _rows.Reader.WaitToReadAsync(cancellationToken))
            {
                throw new InvalidOperationException($"Slice {last} was not among those asked for.");
            }

            _window.Add(await _rows.Reader.ReadAsync(cancellationToken));
            DropBefore(_skipBefore);
        }
    }

    /// <summary>End of the slices that are here.</summary>
    public int LoadedUntil => _window.Count == 0 ? 0 : _window[^1].Box.End.Z;

    /// <summary>The row that holds a slice.</summary>
    /// <exception cref="IOException">The row could not be read; every slice of it says so, the other rows do not mind.</exception>
    public VolumeBlock RowOf(int slice)
    {
        foreach (Row row in _window)
        {
            if (slice >= row.Box.Start.Z && slice < row.Box.End.Z)
            {
                row.Failure?.Throw();
                return row.Block!;
            }
        }

        throw new InvalidOperationException($"Slice {slice} is not loaded.");
    }

    /// <summary>Gives back the rows that end at or before a slice, those that are still to come included.</summary>
    public void DropBefore(int slice)
    {
        _skipBefore = Math.Max(_skipBefore, slice);
        while (_window.Count > 0 && _window[0].Box.End.Z <= slice)
        {
            Drop();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        while (_window.Count > 0)
        {
            Drop();
        }

        while (_rows.Reader.TryRead(out Row? unread))
        {
            unread.Block?.Dispose();
        }

        _stop.Dispose();
        _slots.Dispose();
    }

    private void Drop()
    {
        _window[0].Block?.Dispose();
        _window.RemoveAt(0);
        _slots.Release();
    }

    /// <summary>Never throws: a row that cannot be read travels through the channel like the others, so that whoever needs it, and
    /// nobody else, learns of it.</summary>
    private async Task FillAsync(
        VolumeReader volume, IEnumerable<Box3> boxes, VoxelAllocator? allocator, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            foreach (Box3 box in boxes)
            {
                await _slots.WaitAsync(cancellationToken);
                Row row = await ReadAsync(volume, box, allocator, cancellationToken);
                if (!_rows.Writer.TryWrite(row))
                {
                    row.Block?.Dispose();
                }
            }
        }
#pragma warning disable CA1031 // rethrown by the reading side
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
        }

        _rows.Writer.Complete(failure);
    }

    private static async Task<Row> ReadAsync(VolumeReader volume, Box3 box, VoxelAllocator? allocator, CancellationToken cancellationToken)
    {
        try
        {
            return new Row(box, await VolumeBlock.ReadAsync(volume, box, cancellationToken, allocator), null);
        }
        catch (IOException e)
        {
            return new Row(box, null, ExceptionDispatchInfo.Capture(e));
        }
    }

    /// <param name="Box">Which voxels it is.</param>
    /// <param name="Block">The voxels; owned.</param>
    /// <param name="Failure">Why there are none.</param>
    private sealed record Row(Box3 Box, VolumeBlock? Block, ExceptionDispatchInfo? Failure);
}
