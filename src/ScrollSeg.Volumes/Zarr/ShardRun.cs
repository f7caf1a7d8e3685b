namespace ScrollSeg.Volumes.Zarr;

/// <summary>Chunks of a shard that are fetched together, because they lie close to one another in it.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Chunks">The chunks and where each lies in the shard.</param>
internal sealed record ShardRun(long Offset, int Length, IReadOnlyList<ShardPart> Chunks)
{
    /// <summary>Bytes between two chunks that are rather fetched than asked for around: less than what a server could send
    /// in the time that another request takes.</summary>
    public const int WidestGap = 256 << 10;

    /// <summary>Bytes of a run at the most, unless a single chunk has more: runs are fetched and decoded side by side.</summary>
    public const int LongestRun = 4 << 20;

    /// <summary>Joins chunks to runs.</summary>
    public static List<ShardRun> Join(List<ShardPart> parts)
    {
        List<ShardRun> runs = [];
        parts.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 0; i < parts.Count;)
        {
            long start = parts[i].Offset;
            long end = start + parts[i].Length;
            int first = i++;
            while (i < parts.Count && parts[i].Offset - end <= WidestGap && Math.Max(end, parts[i].End) - start <= LongestRun)
            {
                end = Math.Max(end, parts[i++].End);
            }

            runs.Add(new ShardRun(start, (int)(end - start), parts[first..i]));
        }

        return runs;
    }
}

/// <summary>One chunk in a shard.</summary>
/// <param name="Index">Position of the chunk in the volume's grid.</param>
/// <param name="Offset">Its first byte in the shard.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct ShardPart((int Z, int Y, int X) Index, long Offset, int Length)
{
    /// <summary>First byte behind it.</summary>
    public long End => Offset + Length;
}
