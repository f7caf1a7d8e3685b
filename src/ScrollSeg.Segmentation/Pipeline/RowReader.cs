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
    private readonly Channel<VolumeBlock> _rows = Channel.CreateUnbounded<VolumeBlock>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }); // the slots bound it
    private readonly CancellationTokenSource _stop;
    private readonly List<VolumeBlock> _window = [];
    private readonly Task _reading;

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
        _reading = Task.Run(() => FillAsync(volume, Boxes(plan, column, sources), allocator, _stop.Token), CancellationToken.None);
    }

    /// <summary>Waits until the slices up to <paramref name="last"/> that were asked for are here.</summary>
    public async ValueTask LoadUntilAsync(int last, CancellationToken cancellationToken)
    {
        while (_window.Count == 0 || _window[^1].Box.End.Z <= last)
        {
            if (!await _rows.Reader.WaitToReadAsync(cancellationToken))
            {
                throw new InvalidOperationException($"Slice {last} was not among those asked for.");
            }

            _window.Add(await _rows.Reader.ReadAsync(cancellationToken));
        }
    }

    /// <summary>End of the slices that are here.</summary>
    public int LoadedUntil => _window.Count == 0 ? 0 : _window[^1].Box.End.Z;

    /// <summary>The row that holds a slice.</summary>
    public VolumeBlock RowOf(int slice)
    {
        foreach (VolumeBlock row in _window)
        {
            if (slice >= row.Box.Start.Z && slice < row.Box.End.Z)
            {
                return row;
            }
        }

        throw new InvalidOperationException($"Slice {slice} is not loaded.");
    }

    /// <summary>Gives back the rows that end at or before a slice.</summary>
    public void DropBefore(int slice)
    {
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

        while (_rows.Reader.TryRead(out VolumeBlock? unread))
        {
            unread.Dispose();
        }

        _stop.Dispose();
        _slots.Dispose();
    }

    private void Drop()
    {
        _window[0].Dispose();
        _window.RemoveAt(0);
        _slots.Release();
    }

    /// <summary>The rows, cut at the input's chunks, that hold a wanted slice; no chunk outside the wanted slices' range.</summary>
    private static IEnumerable<Box3> Boxes(SegmentPlan plan, Box3 column, IEnumerable<int> sources)
    {
        int[] wanted = [.. sources];
        int chunk = plan.Volume.ChunkShape.Z;
        int end = 0;
        foreach (int slice in wanted)
        {
            if (slice < end)
            {
                continue;
            }

            int start = slice / chunk * chunk;
            long rowEnd = ((long)slice / plan.RowHeight * plan.RowHeight) + plan.RowHeight;
            long chunkEnd = ((long)wanted[^1] / chunk * chunk) + chunk;
            end = (int)Math.Min(Math.Min(rowEnd, chunkEnd), plan.Volume.Shape.Z);
            yield return column.With(Axis.Z, start, end - start);
        }
    }

    /// <summary>Never throws: a failure travels through the channel, so that the consumer sees it in order.</summary>
    private async Task FillAsync(
        VolumeReader volume, IEnumerable<Box3> boxes, VoxelAllocator? allocator, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            foreach (Box3 box in boxes)
            {
                await _slots.WaitAsync(cancellationToken);
                VolumeBlock row = await VolumeBlock.ReadAsync(volume, box, cancellationToken, allocator);
                if (!_rows.Writer.TryWrite(row))
                {
                    row.Dispose();
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
}
