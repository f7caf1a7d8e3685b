namespace ScrollSeg.Cli.Cluster;

/// <summary>How another process is made to run this same program.</summary>
internal static class OwnProgram
{
    /// <summary>The words in front of the arguments.</summary>
    public static IReadOnlyList<string> Command { get; } = Find();

    private static string[] Find()
    {
        string name = typeof(OwnProgram).Assembly.GetName().Name!;
        string host = Environment.ProcessPath ?? "dotnet";
        if (Path.GetFileNameWithoutExtension(host) == name)
        {
            return [host];
        }

        // started as `dotnet scrollseg.dll`, or within a test's process
        string dotnet = Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        return [dotnet, Path.Combine(AppContext.BaseDirectory, name + ".dll")];
    }
}
