using System.CommandLine;
using System.CommandLine.Parsing;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Cli.Parsing;

/// <summary>Options of a command in a YAML file: <c>--config FILE</c> puts them into the command line before it is parsed, so that
/// a file can say all that options can, and is checked as they are. What the command line gives itself is not taken from the
/// file.</summary>
internal static class ConfigurationFile
{
    /// <summary>For each command that takes such a file.</summary>
    public static readonly Option<string?> Option = new("--config")
    {
        HelpName = "FILE.yaml",
        Description = "Options from a file: 'name: value' for each, without the dashes, and 'volume: PATH'; paths are relative to it. What is given here too goes before.",
    };

    private const string VolumeKey = "volume";

    private static readonly string[] Paths = [VolumeKey, "output", "run", "cache", "embeddings", "script"];

    /// <summary>Replaces the file by what it says.</summary>
    /// <param name="args">A command line.</param>
    /// <param name="root">What it is parsed by.</param>
    /// <exception cref="UsageException">The file has a key that is no option of the command, or is not there.</exception>
    public static string[] Expand(string[] args, RootCommand root)
    {
        if (!args.Any(word => word.StartsWith(Option.Name, StringComparison.Ordinal)))
        {
            return args;
        }

        ParseResult parsed = root.Parse(args);
        Command command = parsed.CommandResult.Command;
        if (!command.Options.Contains(Option) || parsed.GetResult(Option) is not OptionResult { Tokens: [Token path] } given)
        {
            return args;
        }

        if (!File.Exists(path.Value))
        {
            throw new UsageException($"--config {path.Value}: no such file.");
        }

        Dictionary<string, Option> options = command.Options.Where(option => option != Option && !option.Hidden)
            .ToDictionary(option => option.Name.TrimStart('-'));
        KeyFile file = KeyFile.Read(path.Value, [.. command.Arguments.Count > 0 ? [VolumeKey] : Array.Empty<string>(), .. options.Keys]);
        string[] unexpanded = [.. args.Where((_, at) => !IsOf(given, args, at))];
        return [.. unexpanded, .. file.Keys.SelectMany(key => WordsOf(key))];

        string[] WordsOf(string key)
        {
            string value = Resolve(file, key);
            return key == VolumeKey
                ? parsed.GetResult(command.Arguments[0])?.Tokens.Count > 0 ? [] : [value]
                : parsed.GetResult(options[key]) is OptionResult { Implicit: false } ? []
                : options[key].ValueType != typeof(bool) ? [$"{options[key].Name}={value}"]
                : file.Bool(key, otherwise: false) ? [options[key].Name]
                : [];
        }
    }

    /// <summary>Whether a word names the file: <c>--config</c> and what follows it, or both in one.</summary>
    private static bool IsOf(OptionResult given, string[] args, int at) =>
        args[at].StartsWith($"{Option.Name}=", StringComparison.Ordinal)
        || args[at] == Option.Name
        || (at > 0 && args[at - 1] == Option.Name && args[at] == given.Tokens[0].Value);

    private static string Resolve(KeyFile file, string key)
    {
        string value = file.Text(key)!;
        return key switch
        {
            _ when Paths.Contains(key) => RemotePath.IsRemote(value) ? value : file.PathOf(key)!,
            "prompts" => PromptRule.Resolve(value, file.Folder),
            "model" when File.Exists(file.PathOf(key)) => file.PathOf(key)!, // else a name such as small
            _ => value,
        };
    }
}
