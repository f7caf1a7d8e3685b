using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ScrollSeg.Cli.Parsing;

/// <summary>A YAML file of keys with single values, checked before anything starts: an unknown key names the nearest known
/// one, a value of the wrong kind its line.</summary>
internal sealed class KeyFile
{
    private readonly string _path;
    private readonly Dictionary<string, YamlScalarNode> _values = [];
    private readonly Dictionary<string, string> _given = []; // on the command line, which goes before the file

    private KeyFile(string path) => _path = path;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="known">The keys that it may have.</param>
    /// <exception cref="UsageException">It is no such file.</exception>
    public static KeyFile Read(string path, IReadOnlyList<string> known)
    {
        using StreamReader text = new(path);
        KeyFile file = new(path);
        foreach ((YamlNode key, YamlNode value) in file.Load(text).Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            if (!known.Contains(name))
            {
                throw new UsageException($"{path}:{key.Start.Line}: '{name}' is no key of this file. Did you mean '{NearestName.Of(name, known)}'?");
            }

            file._values[name] = value as YamlScalarNode
                ?? throw new UsageException($"{path}:{value.Start.Line}: {name} is a list or a map; expected a single value.");
        }

        return file;
    }

    /// <summary>Takes a value from the command line in place of the file's.</summary>
    /// <param name="assignment"><c>KEY=VALUE</c>; a path is relative to where the program was started, not to the file.</param>
    /// <param name="known">The keys that there are.</param>
    /// <exception cref="UsageException">It is no assignment, or not to a known key.</exception>
    public void Set(string assignment, IReadOnlyList<string> known)
    {
        if (assignment.Split('=', 2) is not [string name, string value])
        {
            throw new UsageException($"--set {assignment}: expected KEY=VALUE.");
        }

        _given[name] = known.Contains(name)
            ? value
            : throw new UsageException($"--set {assignment}: '{name}' is no key. Did you mean '{NearestName.Of(name, known)}'?");
    }

    /// <summary>Where the file lies.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetFullPath(_path))!;

    /// <summary>The keys that are there, in the file's order.</summary>
    public IEnumerable<string> Keys => _values.Keys.Union(_given.Keys);

    /// <summary>A text, or <see langword="null"/> if the key is not there.</summary>
    public string? Text(string key) => _given.GetValueOrDefault(key) ?? _values.GetValueOrDefault(key)?.Value;

    /// <summary>A path; one that is not rooted lies beside the file, or where the program was started if it was given there.</summary>
    public string? PathOf(string key) => Text(key) is not string text ? null
        : _given.ContainsKey(key) ? Path.GetFullPath(text)
        : Path.GetFullPath(text, Folder);

    public int Int(string key, int otherwise) => OptionalInt(key) ?? otherwise;

    public int? OptionalInt(string key) => Text(key) is not string text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value
        : throw Wrong(key, "a whole number");

    public double Number(string key, double otherwise) => Text(key) is not string text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
        : throw Wrong(key, "a number");

    public bool Bool(string key, bool otherwise) => Text(key) switch
    {
        null => otherwise,
        "true" or "yes" => true,
        "false" or "no" => false,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>A failure that names file, line and key.</summary>
    public UsageException Wrong(string key, string expected) => _given.TryGetValue(key, out string? given)
        ? new UsageException($"--set {key}={given}: expected {expected}.")
        : _values.TryGetValue(key, out YamlScalarNode? node)
        ? new UsageException($"{_path}:{node.Start.Line}: {key} '{node.Value}': expected {expected}.")
        : new UsageException($"{_path}: {key} is missing: expected {expected}.");

    private YamlMappingNode Load(TextReader text)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(text);
        }
        catch (YamlException e)
        {
            throw new UsageException($"{_path}:{e.Start.Line}: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet 18.1 fails so on some brackets that are never closed
            throw new UsageException($"{_path}: is no YAML: {e.Message}");
        }

        return stream.Documents is [YamlDocument { RootNode: YamlMappingNode map }]
            ? map
            : throw new UsageException($"{_path}: expected one YAML document of keys and values.");
    }
}
