namespace ScrollSeg.Cli.Parsing;

/// <summary>The name that a misspelt one was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>The known name that the fewest letters have to change for.</summary>
    public static string Of(string name, IEnumerable<string> known) =>
        known.MinBy(candidate => Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant()))!;

    /// <summary>Letters to insert, delete or replace (Levenshtein, 1966).</summary>
    private static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i + 1;
            for (int j = 0; j < b.Length; j++)
            {
                int replace = previous[j] + (a[i] == b[j] ? 0 : 1);
                current[j + 1] = Math.Min(replace, 1 + Math.Min(previous[j + 1], current[j]));
            }

            previous = current;
        }

        return previous[^1];
    }
}
