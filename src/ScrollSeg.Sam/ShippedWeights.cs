namespace ScrollSeg.Sam;

/// <summary>Weights that come with the program, under names of their own.</summary>
public static class ShippedWeights
{
    /// <summary>A SAM of two million parameters, trained on phantoms by <c>tools/training/small</c>.</summary>
    public const string Small = "small";

    private static readonly string[] Known = [Small];

    /// <summary>The names whose files are there.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Where(name => File.Exists(FileOf(name)))];

    /// <summary>The file of a name; any other text is returned as it is.</summary>
    public static string Resolve(string model) => Names.Contains(model) ? FileOf(model) : model;

    private static string FileOf(string name) => Path.Combine(AppContext.BaseDirectory, "weights", name + ".safetensors");
}
