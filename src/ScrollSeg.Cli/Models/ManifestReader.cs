using System.Globalization;
using ScrollSeg.Cli.Parsing;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ScrollSeg.Cli.Models;

/// <summary>Reads a manifest, checked before anything is done with it: all keys are there, and no others.</summary>
internal static class ManifestReader
{
    private static readonly string[] Keys = ["name", "what", "url", "bytes", "sha256", "license", "citation"];
    private static readonly string[] Extensions = [".pth", ".pt", ".safetensors"];

    /// <param name="yaml">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="UsageException">It is no YAML, or not what a manifest is; names the line.</exception>
    public static ModelManifest Read(TextReader yaml, string source)
    {
        Dictionary<string, YamlScalarNode> values = [];
        foreach ((YamlNode key, YamlNode value) in Load(yaml, source).Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            if (!Keys.Contains(name))
            {
                throw Wrong(source, key, $"'{name}' is no key of a manifest. Did you mean '{NearestName.Of(name, Keys)}'?");
            }

            values[name] = value as YamlScalarNode ?? throw Wrong(source, value, $"{name} is a list or a map; expected a single value.");
        }

        string[] missing = [.. Keys.Where(key => string.IsNullOrWhiteSpace(values.GetValueOrDefault(key)?.Value))];
        if (missing.Length > 0)
        {
            throw new UsageException($"{source}: has no {string.Join(", ", missing)}. A manifest has {string.Join(", ", Keys)}.");
        }

        string Text(string key) => values[key].Value!;
        return new ModelManifest(
            Name(source, values["name"]), Text("what"), Address(source, values["url"]), Length(source, values["bytes"]),
            Hash(source, values["sha256"]), Text("license"), Text("citation"));
    }

    private static YamlMappingNode Load(TextReader yaml, string source)
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
            ? map
            : throw new UsageException($"{source}: expected one YAML document of keys and values.");
    }

    /// <summary>A name is what a user types, never a path.</summary>
    private static string Name(string source, YamlScalarNode node) =>
        node.Value!.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') && char.IsAsciiLetterOrDigit(node.Value![0])
            ? node.Value
            : throw Wrong(source, node, $"name '{node.Value}': expected letters, digits, '_', '-' and '.'.");

    /// <summary>Plain HTTP only from this machine itself: the hash would find an altered file, but not hide who fetches what.</summary>
    private static Uri Address(string source, YamlScalarNode node)
    {
        bool valid = Uri.TryCreate(node.Value, UriKind.Absolute, out Uri? url)
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            && url.Segments[^1].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            && Extensions.Contains(Path.GetExtension(url.Segments[^1]).ToLowerInvariant());
        return valid
            ? url!
            : throw Wrong(source, node, $"url '{node.Value}': expected https://.. that ends in a file's name, {string.Join(", ", Extensions)}.");
    }

    private static long Length(string source, YamlScalarNode node) =>
        long.TryParse(node.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes > 0
            ? bytes
            : throw Wrong(source, node, $"bytes '{node.Value}': expected a whole number above 0, without separators.");

    private static string Hash(string source, YamlScalarNode node) => node.Value is { Length: 64 } hash && hash.All(char.IsAsciiHexDigit)
        ? hash.ToLowerInvariant()
        : throw Wrong(source, node, $"sha256 '{node.Value}': expected 64 hexadecimal digits.");

    private static UsageException Wrong(string source, YamlNode node, string problem) => new($"{source}:{node.Start.Line}: {problem}");
}
