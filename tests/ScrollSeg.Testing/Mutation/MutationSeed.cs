namespace ScrollSeg.Testing.Mutation;

/// <summary>A good volume that is to be damaged: its files, one of them at a time.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Files">The files by their paths in a folder, with <c>/</c> between parts.</param>
/// <param name="Open">What is opened, relative to the folder; empty for the folder itself.</param>
public sealed record MutationSeed(string Name, IReadOnlyDictionary<string, byte[]> Files, string Open)
{
    /// <summary>What is done to every second damaged file of it, so that more than its checksums is tried. Default nothing.</summary>
    public Action<byte[]> Repair { get; init; } = static _ => { };

    /// <summary>A volume in one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="suffix">What comes behind the file's name when it is opened. Default nothing.</param>
    public static MutationSeed OfFile(string path, string suffix = "")
    {
        string name = Path.GetFileName(path);
        return new MutationSeed(name + suffix, new Dictionary<string, byte[]> { [name] = File.ReadAllBytes(path) }, name + suffix);
    }

    /// <summary>A volume in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="only">Files of it to take. Default all.</param>
    public static MutationSeed OfFolder(string folder, Func<string, bool>? only = null)
    {
        string name = Path.GetFileName(folder);
        Dictionary<string, byte[]> files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => only is null || only(Path.GetRelativePath(folder, file)))
            .ToDictionary(file => $"{name}/{Path.GetRelativePath(folder, file)}", File.ReadAllBytes);
        return new MutationSeed(name, files, name);
    }
}
