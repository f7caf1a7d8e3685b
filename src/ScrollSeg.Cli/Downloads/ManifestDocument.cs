using System.Globalization;
using ScrollSeg.Cli.Parsing;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ScrollSeg.Cli.Downloads;

/// <summary>The keys and values of a manifest, and what is the same in all of them. A key that is not known is refused.</summary>
internal sealed class ManifestDocument
{
    private readonly Dictionary<string, YamlNode> _values = [];
    private readonly string _source;
    private readonly IReadOnlyList<string> _keys;

    private ManifestDocument(YamlMappingNode map, string source, IReadOnlyList<string> keys)
    {
        (_source, _keys) = (source, keys);
        foreach ((YamlNode key, YamlNode value) in map.Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            _values[name] = keys.Contains(name)
                ? value
                : throw Wrong(key, $"'{name}' is no key of a manifest. Did you mean '{NearestName.Of(name, keys)}'?");
        }
    }

    /// <summary>Reads a document.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="keys">What keys there may be.</param>
    /// <exception cref="UsageException">It is no YAML, or has other keys; names the line.</exception>
    public static ManifestDocument Read(TextReader yaml, string source, IReadOnlyList<string> keys)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(yaml);
        }
        catch (YamlException e)
        {
            throw new UsageException($"{source}:{e.Start.Line}: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet 18.1 fails so on some brackets that are never closed
            throw new UsageException($"{source}: is no YAML: {e.Message}");
        }

        return stream.Documents is [YamlDocument { RootNode: YamlMappingNode map }]
            ? new ManifestDocument(map, source, keys)
            : throw new UsageException($"{source}: expected one YAML document of keys and values.");
    }

    /// <summary>Refuses a document that lacks one of these.</summary>
    public void Require(IReadOnlyList<string> keys)
    {
        string[] missing = [.. keys.Where(key => Find(key) is null || (Find(key) is YamlScalarNode { Value: var text } && string.IsNullOrWhiteSpace(text)))];
        if (missing.Length > 0)
        {
            throw new UsageException($"{_source}: has no {string.Join(", ", missing)}. A manifest has {string.Join(", ", _keys)}.");
        }
    }

    public YamlNode? Find(string key) => _values.GetValueOrDefault(key);

    public YamlScalarNode Scalar(string key) =>
        _values[key] as YamlScalarNode ?? throw Wrong(_values[key], $"{key} is a list or a map; expected a single value.");

    public string Text(string key) => Scalar(key).Value!;

    public string? OptionalText(string key) => _values.ContainsKey(key) && Scalar(key).Value is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>A map below a key, with its own keys.</summary>
    public ManifestDocument Map(YamlNode node, string what, IReadOnlyList<string> keys) => node is YamlMappingNode map
        ? new ManifestDocument(map, _source, keys)
        : throw Wrong(node, $"{what}: expected a map of {string.Join(", ", keys)}.");

    /// <summary>A name is what a user types, never a path.</summary>
    public string Name(string key)
    {
        string name = Text(key);
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') && char.IsAsciiLetterOrDigit(name[0])
            ? name
            : throw Wrong(_values[key], $"{key} '{name}': expected letters, digits, '_', '-' and '.'.");
    }

    public long Length(string key) =>
        long.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes > 0
            ? bytes
            : throw Wrong(_values[key], $"{key} '{Text(key)}': expected a whole number above 0, without separators.");

    public string Hash(string key) => Text(key) is { Length: 64 } hash && hash.All(char.IsAsciiHexDigit)
        ? hash.ToLowerInvariant()
        : throw Wrong(_values[key], $"{key} '{Text(key)}': expected 64 hexadecimal digits.");

    /// <summary>Plain HTTP only from this machine itself: a hash would find an altered file, but not hide who fetches what.</summary>
    public static bool IsSecure(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);

    public UsageException Wrong(YamlNode node, string problem) => new($"{_source}:{node.Start.Line}: {problem}");
}
