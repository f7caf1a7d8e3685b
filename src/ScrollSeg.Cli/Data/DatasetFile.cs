using System.Globalization;
using System.Text.Json.Serialization;

namespace ScrollSeg.Cli.Data;

/// <summary>One file of a dataset, or as many as <c>{00:64}</c> in its address and its path counts: numbers from the first to
/// the last, both among them, with as many digits as the first.</summary>
/// <param name="Path">Where it lies in the dataset's folder, with <c>/</c> between the parts.</param>
/// <param name="Address">Where it is.</param>
internal sealed record DatasetFile(string Path, string Address)
{
    /// <summary>Length of the file, or of each.</summary>
    public long? Bytes { get; init; }

    /// <summary>Hash of a single file.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What the pattern counts; <see langword="null"/> for a single file.</summary>
    [JsonIgnore]
    public NumberedFiles? Numbers => NumberedFiles.In(Address);

    /// <summary>The single files.</summary>
    /// <param name="slices">Which of the numbered ones, from 0; default all.</param>
    public IEnumerable<DatasetFile> Expand((int Start, int End)? slices)
    {
        if (Numbers is not { } numbers)
        {
            yield return this;
            yield break;
        }

        for (int i = slices?.Start ?? 0; i < (slices?.End ?? numbers.Count); i++)
        {
            yield return this with { Path = numbers.Put(Path, i), Address = numbers.Put(Address, i) };
        }
    }
}

/// <summary>The numbers of files that are alike but for them.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
/// <param name="Digits">Digits at least, with zeros before.</param>
internal sealed record NumberedFiles(int First, int Last, int Digits)
{
    public int Count => Last - First + 1;

    private string Pattern => $"{{{Text(First)}:{Text(Last)}}}";

    /// <summary>Finds the pattern in an address.</summary>
    public static NumberedFiles? In(string address)
    {
        int open = address.IndexOf('{', StringComparison.Ordinal);
        int close = address.IndexOf('}', StringComparison.Ordinal);
        string[] ends = open >= 0 && close > open ? address[(open + 1)..close].Split(':') : [];
        return ends.Length == 2 && Number(ends[0]) is int first && Number(ends[1]) is int last && first <= last
            ? new NumberedFiles(first, last, ends[0].Length)
            : null;
    }

    public string Put(string pattern, int index) => pattern.Replace(Pattern, Text(First + index), StringComparison.Ordinal);

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private string Text(int number) => number.ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0');
}
