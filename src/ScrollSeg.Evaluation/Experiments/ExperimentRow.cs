using System.Security.Cryptography;
using System.Text;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>One combination on one volume with one seed: a run.</summary>
/// <param name="Data">The volume.</param>
/// <param name="Values">The value of each axis, by name.</param>
/// <param name="Seed">Of whatever is drawn.</param>
/// <param name="Options">Options of <c>segment</c>, without dashes; <c>train</c> names a training file.</param>
public sealed record ExperimentRow(
    ExperimentData Data, IReadOnlyList<(string Axis, string Value)> Values, int Seed, IReadOnlyList<(string Option, string Value)> Options)
{
    /// <summary>The combination, for people.</summary>
    public string Combination => Values.Count == 0 ? "as given" : string.Join(", ", Values.Select(value => $"{value.Axis} {value.Value}"));

    /// <summary>The row, for people.</summary>
    public string Title => $"{Data.Name}: {Combination}, seed {Seed}";

    /// <summary>The training file; <see langword="null"/> if nothing is trained for it.</summary>
    public string? Training => Options.FirstOrDefault(option => option.Option == "train").Value;

    /// <summary>What tells the row from all others: a hash of what it depends on. A row keeps it when others come or go.</summary>
    public string Id
    {
        get
        {
            StringBuilder text = new($"{Data.Volume}\n{Data.Region}\n{Seed}\n");
            foreach ((string option, string value) in Options)
            {
                text.Append(option).Append('=').Append(value).Append('\n');
            }

            return Hash(text.ToString());
        }
    }

    /// <summary>What tells its scores from all others: rows that score different parts of one volume share the run, not the record.</summary>
    public string RecordId => Hash($"{Id}\n{Data.Name}");

    /// <summary>The words behind <c>segment</c>.</summary>
    /// <param name="output">The OME-Zarr to make.</param>
    /// <param name="weights">What training gave, if the row trains.</param>
    public IReadOnlyList<string> WordsFor(string output, string? weights)
    {
        List<string> words = [Data.Volume, "--output", output, $"--seed={Seed}"];
        words.AddRange(Data.Region is null ? [] : [$"--region={Data.Region}"]);
        words.AddRange(Options.Where(option => option.Option != "train").Select(option => $"--{option.Option}={option.Value}"));
        words.AddRange(weights is null ? [] : [$"--model={weights}"]);
        return words;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..10];
}
