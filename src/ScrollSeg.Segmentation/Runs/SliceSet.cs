using System.Collections;
using ScrollSeg.Segmentation.Planning;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Some of the slices of an output: one bit each, since they may be any and many.</summary>
/// <param name="Count">Slices of the output.</param>
/// <param name="Bits">Bit i % 8 of byte i / 8 says whether slice i is in the set.</param>
public sealed record SliceSet(int Count, byte[] Bits)
{
    /// <summary>Makes a set.</summary>
    /// <param name="count">Slices of the output.</param>
    /// <param name="members">Those in the set.</param>
    public static SliceSet Of(int count, IEnumerable<int> members)
    {
        BitArray bits = new(count);
        foreach (int member in members)
        {
            bits[member] = true;
        }

        byte[] bytes = new byte[(count + 7) / 8];
        bits.CopyTo(bytes, 0);
        return new SliceSet(count, bytes);
    }

    /// <summary>The slices of a plan's output that a group speaks for.</summary>
    public static SliceSet AnsweredBy(SegmentPlan plan)
    {
        (int first, int end) = (plan.Region.Start.Z, plan.Region.End.Z);
        return Of(plan.Region.Shape.Z, plan.Strategy.TargetsIn(plan.Volume.Shape.Z, first, end).Select(target => target - first));
    }

    /// <summary>Whether a slice is in the set.</summary>
    public bool Has(int slice) => slice >= 0 && slice < Count && (Bits[slice / 8] & (1 << (slice % 8))) != 0;

    /// <summary>The gap that a slice lies in, as the slices of the set on both sides of it; <see langword="null"/> if the slice is in the
    /// set, if one side has none, or if more slices than allowed lie between them.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="maxGap">Slices between the two at most.</param>
    public (int Before, int After)? GapAround(int slice, int maxGap)
    {
        if (Has(slice))
        {
            return null;
        }

        int before = slice - 1;
        while (slice - before <= maxGap && !Has(before))
        {
            before--;
        }

        int after = slice + 1;
        while (after - before - 1 <= maxGap && !Has(after))
        {
            after++;
        }

        return Has(before) && Has(after) && after - before - 1 <= maxGap ? (before, after) : null;
    }

    /// <summary>Slices outside the set that lie in gaps of an allowed width, and the others outside it.</summary>
    /// <param name="maxGap">Slices in a gap at most.</param>
    public (long Filled, long Empty) CountGaps(int maxGap)
    {
        (long filled, long outside, int last) = (0, 0, -1);
        for (int slice = 0; slice < Count; slice++)
        {
            if (!Has(slice))
            {
                outside++;
                continue;
            }

            int between = slice - last - 1;
            filled += last >= 0 && between <= maxGap ? between : 0;
            last = slice;
        }

        return (filled, outside - filled);
    }
}
