using System.Collections;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Some of the slices of an output: one bit each, since they may be any and many.</summary>
/// <param name="Count">Slices of the output.</param>
/// <param name="Bits">Bit i % 8 of byte i / 8 says whether slice i is in the set.</param>
public sealed record SliceSet(int Count, byte[] Bits)
{
    /// <summary>Slices in the set.</summary>
    public int Members() => Enumerable.Range(0, Count).Count(Has);

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

    /// <summary>Whether a slice is in the set.</summary>
    public bool Has(int slice) => slice >= 0 && slice < Count && (Bits[slice / 8] & (1 << (slice % 8))) != 0;
}
