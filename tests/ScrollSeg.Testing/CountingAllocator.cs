using ScrollSeg.Volumes;

namespace ScrollSeg.Testing;

/// <summary>Counts what was rented and not given back.</summary>
public sealed class CountingAllocator : VoxelAllocator
{
    private long _outstanding;
    private long _bytes;
    private long _peakBytes;

    /// <summary>Blocks rented and not given back.</summary>
    public long Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Most bytes rented at one moment.</summary>
    public long PeakBytes => Volatile.Read(ref _peakBytes);

    /// <inheritdoc/>
    public override nint Allocate(long byteCount)
    {
        nint block = Native.Allocate(byteCount);
        Interlocked.Increment(ref _outstanding);
        long now = Interlocked.Add(ref _bytes, byteCount);
        long peak;
        while (now > (peak = Volatile.Read(ref _peakBytes)))
        {
            Interlocked.CompareExchange(ref _peakBytes, now, peak);
        }

        return block;
    }

    /// <inheritdoc/>
    public override void Free(nint block, long byteCount)
    {
        Native.Free(block, byteCount);
        Interlocked.Decrement(ref _outstanding);
        Interlocked.Add(ref _bytes, -byteCount);
    }
}
