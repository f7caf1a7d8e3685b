namespace ScrollSeg.Volumes;

/// <summary>
/// Keeps the blocks that come back and hands them out again, so that a stage that rents blocks of one kind over and over
/// touches no new pages after its first moments: what it holds is what it held at its worst moment, from early on.
/// </summary>
/// <remarks>One for each kind of block: a request takes the smallest idle block that is large enough, however much larger it
/// is.</remarks>
/// <param name="inner">Where blocks come from and go to at last.</param>
public sealed class RecyclingAllocator(VoxelAllocator inner) : VoxelAllocator, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<nint, long> _sizes = [];         // of every block taken from the inner allocator
    private readonly List<(nint Block, long Size)> _idle = [];
    private bool _isDisposed;

    /// <inheritdoc/>
    public override nint Allocate(long byteCount)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            int best = -1;
            for (int i = 0; i < _idle.Count; i++)
            {
                if (_idle[i].Size >= byteCount && (best < 0 || _idle[i].Size < _idle[best].Size))
                {
                    best = i;
                }
            }

            if (best >= 0)
            {
                nint found = _idle[best].Block;
                _idle.RemoveAt(best);
                return found;
            }

            GiveBackIdle(); // all of them too small: never hold them beside the new one
            nint block = inner.Allocate(byteCount);
            _sizes.Add(block, byteCount);
            return block;
        }
    }

    /// <inheritdoc/>
    public override void Free(nint block, long byteCount)
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                _sizes.Remove(block, out long size);
                inner.Free(block, size);
            }
            else
            {
                _idle.Add((block, _sizes[block]));
            }
        }
    }

    /// <summary>Gives the idle blocks back; those still out follow when they are freed.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            GiveBackIdle();
        }
    }

    private void GiveBackIdle()
    {
        foreach ((nint block, long size) in _idle)
        {
            _sizes.Remove(block);
            inner.Free(block, size);
        }

        _idle.Clear();
    }
}
