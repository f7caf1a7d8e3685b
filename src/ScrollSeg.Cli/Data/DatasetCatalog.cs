using System.Reflection;
using ScrollSeg.Cli.Models;

namespace ScrollSeg.Cli.Data;

/// <summary>The manifests of <c>data-manifests/datasets</c>, which travel inside the program, and those of the checkpoints.</summary>
internal static class DatasetCatalog
{
    private const string Folder = "datasets/";
    private const string AgreementFolder = "agreements/";
    private const string Suffix = ".yaml";

    private static readonly Assembly Program = typeof(DatasetCatalog).Assembly;

    /// <summary>The datasets' names; no manifest is read for them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Program.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .Select(name => name[Folder.Length..^Suffix.Length])
        .Order(StringComparer.Ordinal)];

    /// <summary>Reads the manifest of one of <see cref="Names"/>.</summary>
    public static DatasetManifest Read(string name)
    {
        using StreamReader text = new(Program.GetManifestResourceStream(Folder + name + Suffix)!);
        return DatasetManifestReader.Read(text, name + Suffix, FindAgreement);
    }

    /// <summary>Finds a dataset by its name, or by a manifest of the user's own.</summary>
    /// <exception cref="UsageException">There is none, or it is not what a manifest is.</exception>
    public static DatasetManifest Find(string nameOrFile)
    {
        if (Names.Contains(nameOrFile))
        {
            return Read(nameOrFile);
        }

        if (!nameOrFile.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException(
                $"'{nameOrFile}' is no dataset. Known are {string.Join(", ", Names.Concat(ModelCatalog.Names))}, and manifests of your own, FILE.yaml.");
        }

        using StreamReader text = new(nameOrFile);
        return DatasetManifestReader.Read(text, nameOrFile, FindAgreement);
    }

    private static Agreement? FindAgreement(string name)
    {
        using Stream? resource = Program.GetManifestResourceStream(AgreementFolder + name + Suffix);
        if (resource is null)
        {
            return null;
        }

        using StreamReader text = new(resource);
        return DatasetManifestReader.ReadAgreement(text, name + Suffix);
    }
}
