using System.Numerics;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>A table of answers that has one value up to some grey value and another one from there on, as any threshold's has:
/// comparing many voxels at once is faster than looking each of them up.</summary>
/// <param name="From">The first grey value of the second kind.</param>
/// <param name="Below">The answer below it.</param>
/// <param name="Above">The answer from it on.</param>
internal sealed record GreyStep(ushort From, byte Below, byte Above)
{
    /// <summary>The step in a table.</summary>
    /// <param name="table">The answer for each grey value of 16 bits.</param>
    /// <returns><see langword="null"/> if there is not exactly one.</returns>
    public static GreyStep? In(ReadOnlySpan<byte> table)
    {
        int from = table.IndexOfAnyExcept(table[0]);
        return from > 0 && !table[from..].ContainsAnyExcept(table[from]) ? new GreyStep((ushort)from, table[0], table[from]) : null;
    }

    /// <summary>Answers as many voxels as fill whole vectors.</summary>
    /// <returns>How many those were.</returns>
    public int Apply(ReadOnlySpan<ushort> voxels, Span<byte> answers)
    {
        (Vector<ushort> from, Vector<ushort> below, Vector<ushort> above) = (new(From), new(Below), new(Above));
        int x = 0;
        for (; x <= answers.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            Vector<ushort> first = Answer(new Vector<ushort>(voxels[x..]));
            Vector<ushort> second = Answer(new Vector<ushort>(voxels[(x + Vector<ushort>.Count)..]));
            Vector.Narrow(first, second).CopyTo(answers[x..]);
        }

        return x;

        Vector<ushort> Answer(Vector<ushort> grey) => Vector.ConditionalSelect(Vector.GreaterThanOrEqual(grey, from), above, below);
    }
}
