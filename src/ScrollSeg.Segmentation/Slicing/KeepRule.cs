using System.Globalization;
using System.Text;

namespace ScrollSeg.Segmentation.Slicing;

/// <summary>Which of a strategy's targets are kept; for a flat target, which layers.</summary>
public abstract record KeepRule
{
    /// <summary>Whether the rule asks for figures of the slices themselves.</summary>
    public virtual bool NeedsFigures => false;

    /// <summary>Chooses.</summary>
    /// <param name="candidates">What there is to choose from, ascending.</param>
    /// <param name="figures">Figures of each candidate; empty unless the rule asks for them.</param>
    /// <returns>What is kept, ascending.</returns>
    /// <exception cref="InvalidRequestException">The rule names what is no candidate.</exception>
    public abstract IReadOnlyList<int> Choose(IReadOnlyList<int> candidates, IReadOnlyDictionary<int, SliceFigures> figures);
}

/// <summary>Slices named one by one.</summary>
/// <param name="Slices">Their indices.</param>
public sealed record KeepList(IReadOnlyList<int> Slices) : KeepRule
{
    /// <inheritdoc/>
    /// <remarks>A slice that is named and is no candidate is most likely a mistake: lists are made for one volume.</remarks>
    public override IReadOnlyList<int> Choose(IReadOnlyList<int> candidates, IReadOnlyDictionary<int, SliceFigures> figures)
    {
        HashSet<int> known = [.. candidates];
        int[] strangers = [.. Slices.Where(slice => !known.Contains(slice)).Order()];
        return strangers.Length == 0
            ? [.. Slices.Distinct().Order()]
            : throw new InvalidRequestException(string.Create(
                CultureInfo.InvariantCulture,
                $"--keep names slice {strangers[0]} ({strangers.Length} in all) that the strategy does not segment; it segments {candidates.Count} slices{(candidates.Count > 0 ? $" of {candidates[0]}..{candidates[^1]}" : "")}."));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new("list:");
        int[] sorted = [.. Slices.Distinct().Order()];
        for (int i = 0; i < sorted.Length;)
        {
            int j = i;
            while (j + 1 < sorted.Length && sorted[j + 1] == sorted[j] + 1)
            {
                j++;
            }

            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}{sorted[i]}{(j > i ? $"-{sorted[j]}" : "")}");
            i = j + 1;
        }

        return text.ToString();
    }
}

/// <summary>Slices between two, or every n-th of those.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last that may be kept.</param>
/// <param name="Step">Slices from one to the next.</param>
public sealed record KeepRange(int First, int Last, int Step) : KeepRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Choose(IReadOnlyList<int> candidates, IReadOnlyDictionary<int, SliceFigures> figures) =>
        [.. candidates.Where(slice => slice >= First && slice <= Last && (slice - First) % Step == 0)];

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"range:{First},{Last}{(Step > 1 ? $",{Step}" : "")}");
}

/// <summary>The share of the slices with the largest figures.</summary>
/// <param name="Percent">Share kept in per cent, rounded up to whole slices.</param>
/// <param name="Measure">What ranks them; of equals the first ones are kept.</param>
public sealed record KeepTop(double Percent, SliceMeasure Measure) : KeepRule
{
    /// <inheritdoc/>
    public override bool NeedsFigures => true;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Choose(IReadOnlyList<int> candidates, IReadOnlyDictionary<int, SliceFigures> figures) =>
    [
        .. candidates.OrderByDescending(slice => figures[slice].Of(Measure)).ThenBy(slice => slice)
            .Take((int)Math.Ceiling(candidates.Count * Percent / 100)).Order(),
    ];

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"top:{Percent},{Measure.ToString().ToLowerInvariant()}");
}

/// <summary>A number of slices, spread evenly over what there is, each in the middle of its share: no end is favoured.</summary>
/// <param name="Count">How many; all, if there are fewer.</param>
public sealed record KeepEvenly(int Count) : KeepRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Choose(IReadOnlyList<int> candidates, IReadOnlyDictionary<int, SliceFigures> figures) =>
        Count >= candidates.Count
            ? candidates
            : [.. Enumerable.Range(0, Count).Select(i => candidates[(int)(((2L * i) + 1) * candidates.Count / (2L * Count))])];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"even:{Count}");
}
