namespace ScrollSeg.Cli.Cluster;

/// <summary>Words for a POSIX shell.</summary>
internal static class ShellText
{
    /// <summary>A word that the shell takes as it is, whatever it holds: between single quotes nothing is special but the quote
    /// itself (POSIX Shell Command Language, 2.2.2).</summary>
    /// <exception cref="UsageException">It holds a line break or another control character, which no path of ours needs.</exception>
    public static string Quote(string word)
    {
        if (word.Any(char.IsControl))
        {
            throw new UsageException($"'{word.ReplaceLineEndings("\\n")}' holds a control character and cannot go into a script.");
        }

        bool isPlain = word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:,=+@%".Contains(c, StringComparison.Ordinal));
        return isPlain ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>A command: words, each quoted where needed.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));
}
