using System.CommandLine;
using System.CommandLine.Parsing;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Cli;

/// <summary>A command line of <c>segment</c> as a value: what a process hands to another one that works on the same run. Paths
/// in it are absolute.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Options">Options in their order, with their value; a switch has none.</param>
internal sealed record SegmentArguments(string Volume, IReadOnlyList<(string Name, string? Value)> Options)
{
    /// <summary>What was given, and nothing that was left to its default.</summary>
    /// <param name="args">A parsed command line.</param>
    /// <param name="volume">The volume in it.</param>
    /// <param name="options">The options that count.</param>
    public static SegmentArguments Of(ParseResult args, string volume, IEnumerable<Option> options)
    {
        List<(string, string?)> given = [];
        foreach (Option option in options)
        {
            if (args.GetResult(option) is OptionResult { Implicit: false } result)
            {
                string? value = result.Tokens.Count > 0 ? result.Tokens[^1].Value : null;
                given.Add((option.Name, value is null ? null : Resolve(option.Name, value)));
            }
        }

        return new SegmentArguments(RemotePath.Full(volume), given);
    }

    /// <summary>The same with an option set.</summary>
    public SegmentArguments With(string name, string? value) => this with { Options = [.. Without(name).Options, (name, value)] };

    /// <summary>The same without some options.</summary>
    public SegmentArguments Without(params IEnumerable<string> names) =>
        this with { Options = [.. Options.Where(option => !names.Contains(option.Name))] };

    /// <summary>The value of an option; <see langword="null"/> if it is not given.</summary>
    public string? ValueOf(string name) => Options.FirstOrDefault(option => option.Name == name).Value;

    /// <summary>Whether a switch or an option is given.</summary>
    public bool Has(string name) => Options.Any(option => option.Name == name);

    /// <summary>As words of a command line, behind the verb.</summary>
    public string[] ToWords() => [Volume, .. Options.SelectMany(option => option switch
    {
        (string name, null) => [name],
        (string name, ['-', ..] value) => [$"{name}={value}"],
        (string name, string value) => new[] { name, value },
    })];

    private static string Resolve(string option, string value) => option switch
    {
        "--output" or "--run" => Path.GetFullPath(value),
        "--keep" when value.StartsWith("file:", StringComparison.Ordinal) => $"file:{Path.GetFullPath(value[5..])}",
        "--prompts" => PromptRule.Resolve(value),
        "--model" when Path.Exists(value) => Path.GetFullPath(value), // else a name such as otsu
        _ => value,
    };
}
