using ScrollSeg.Volumes.Hdf5.Format.Messages;

namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>How a dataset is cut into chunks, and how they are numbered.</summary>
/// <param name="Chunk">Extents of a chunk, the slowest axis first.</param>
/// <param name="Space">Extents of the dataset, now and at most.</param>
/// <param name="ChunkBytes">Bytes of a decoded chunk.</param>
/// <param name="IsFiltered">Whether the dataset has filters.</param>
internal sealed record ChunkGeometry(ulong[] Chunk, Dataspace Space, long ChunkBytes, bool IsFiltered)
{
    public int Rank => Chunk.Length;

    /// <summary>The one axis that may grow without end; <see langword="null"/> if there is not exactly one.</summary>
    public int? GrowingAxis =>
        Space.MaxExtents.Count(extent => extent == Dataspace.Unlimited) == 1 ? Array.IndexOf(Space.MaxExtents, Dataspace.Unlimited) : null;

    /// <summary>The axes in the order in which arrays of chunks number them: as they are, but a growing one first.</summary>
    private int[] Order => GrowingAxis is int growing
        ? [growing, .. Enumerable.Range(0, Rank).Where(axis => axis != growing)]
        : [.. Enumerable.Range(0, Rank)];

    /// <summary>How many chunks there can be if no axis grows without end; more than 2^63 count as 2^63 - 1.</summary>
    public long MostChunks => Space.MaxExtents.Zip(Chunk, CountAlong).Aggregate(1L, Times);

    /// <summary>The number of a chunk in an array of all that there can be.</summary>
    /// <param name="position">Its place in chunks.</param>
    public long NumberOf(ReadOnlySpan<long> position)
    {
        long number = 0;
        long stride = 1;
        foreach (int axis in Order.AsEnumerable().Reverse())
        {
            Int128 next = number + ((Int128)position[axis] * stride);
            number = next > long.MaxValue ? long.MaxValue : (long)next;
            stride = Times(stride, CountAlong(Space.MaxExtents[axis], Chunk[axis]));
        }

        return number;
    }

    private static long CountAlong(ulong extent, ulong chunk)
    {
        ulong count = (extent / chunk) + (extent % chunk == 0 ? 0UL : 1UL);
        return count > long.MaxValue ? long.MaxValue : (long)count;
    }

    private static long Times(long a, long b)
    {
        Int128 product = (Int128)a * b;
        return product > long.MaxValue ? long.MaxValue : (long)product;
    }
}
