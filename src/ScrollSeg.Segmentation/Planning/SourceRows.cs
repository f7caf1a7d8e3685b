using ScrollSeg.Segmentation.Slicing;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>Which layers of chunks a column of units reads, and in what pieces: the reader and the plan's cost go by the same
/// list.</summary>
internal static class SourceRows
{
    /// <summary>Lists the rows: neighbouring layers of chunks that hold a wanted slice, cut at multiples of the row height. No chunk is
    /// in it that holds none.</summary>
    /// <param name="plan">Height of a row, and of a chunk.</param>
    /// <param name="wanted">The slices wanted, ascending.</param>
    public static IEnumerable<(int Start, int End)> List(SegmentPlan plan, IEnumerable<int> wanted)
    {
        int chunk = plan.Volume.ChunkShape.Z;
        (long start, long end) = (-1, -1);
        foreach (int slice in wanted)
        {
            if (slice < end)
            {
                continue;
            }

            long layer = (long)slice / chunk * chunk;
            if (start >= 0 && (layer > end || layer / plan.RowHeight != start / plan.RowHeight))
            {
                yield return ((int)start, (int)Math.Min(end, plan.Volume.Shape.Z));
                start = -1;
            }

            start = start < 0 ? layer : start;
            end = layer + chunk;
        }

        if (start >= 0)
        {
            yield return ((int)start, (int)Math.Min(end, plan.Volume.Shape.Z));
        }
    }

    /// <summary>The slices that groups need, ascending, each once.</summary>
    public static IEnumerable<int> Wanted(IEnumerable<SliceGroup> groups) =>
        groups.SelectMany(group => group.Sources.Append(group.SupportSlice)).Distinct().Order();
}
