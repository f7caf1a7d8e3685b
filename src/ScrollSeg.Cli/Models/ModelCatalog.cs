namespace ScrollSeg.Cli.Models;

/// <summary>The manifests of <c>data-manifests/models</c>, which travel inside the program.</summary>
internal static class ModelCatalog
{
    private const string Prefix = "models/";
    private const string Suffix = ".yaml";

    /// <summary>The models' names; no manifest is read for them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. typeof(ModelCatalog).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(name => name[Prefix.Length..^Suffix.Length])
        .Order(StringComparer.Ordinal)];

    /// <summary>Reads the manifest of one of <see cref="Names"/>.</summary>
    public static ModelManifest Read(string name)
    {
        using Stream resource = typeof(ModelCatalog).Assembly.GetManifestResourceStream(Prefix + name + Suffix)!;
        using StreamReader text = new(resource);
        return ManifestReader.Read(text, name + Suffix);
    }

    /// <summary>Finds a model by its name, or by a manifest of the user's own.</summary>
    /// <exception cref="UsageException">There is none, or it is not what a manifest is.</exception>
    public static ModelManifest Find(string nameOrFile)
    {
        if (Names.Contains(nameOrFile))
        {
            return Read(nameOrFile);
        }

        if (!nameOrFile.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException(
                $"'{nameOrFile}' is no model that can be pulled. Known are {string.Join(", ", Names)}, and manifests of your own, FILE.yaml.");
        }

        using StreamReader text = new(nameOrFile);
        return ManifestReader.Read(text, nameOrFile);
    }
}
