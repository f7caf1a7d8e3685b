namespace ScrollSeg.Evaluation.Probes;

/// <summary>How well two sets of levels can be told apart.</summary>
public static class Separation
{
    /// <summary>The chance that a level drawn from one set lies above one drawn from the other, half of the ties counted: the area under the
    /// ROC curve. 0.5 says nothing, 1 everything.</summary>
    /// <param name="above">Counts by level of the set that should lie above.</param>
    /// <param name="below">Counts by level of the other one.</param>
    /// <returns><see langword="null"/> if one of them is empty.</returns>
    public static double? Of(ReadOnlySpan<long> above, ReadOnlySpan<long> below)
    {
        (double wins, double lower) = (0, 0);
        double all = 0;
        for (int level = 0; level < above.Length; level++)
        {
            wins += above[level] * (lower + (below[level] / 2.0));
            lower += below[level];
            all += above[level];
        }

        return all > 0 && lower > 0 ? wins / all / lower : null;
    }
}
