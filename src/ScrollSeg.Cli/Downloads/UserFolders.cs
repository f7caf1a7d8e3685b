namespace ScrollSeg.Cli.Downloads;

/// <summary>The folders that the platform keeps for a user's programs: XDG Base Directory Specification 0.8 on Linux,
/// ~/Library on macOS, the application data on Windows.</summary>
internal static class UserFolders
{
    /// <summary>For what can be fetched again.</summary>
    public static string Caches => Of(
        "XDG_CACHE_HOME", Environment.SpecialFolder.LocalApplicationData, Path.Combine("Library", "Caches"), ".cache");

    /// <summary>For what the user decided.</summary>
    public static string Configuration => Of(
        "XDG_CONFIG_HOME", Environment.SpecialFolder.ApplicationData, Path.Combine("Library", "Application Support"), ".config");

    private static string Of(string variable, Environment.SpecialFolder onWindows, string onMac, string elsewhere)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? wished = Environment.GetEnvironmentVariable(variable);
        string folder = Path.IsPathFullyQualified(wished ?? "") ? wished! // a relative one is to be ignored, says the specification
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(onWindows)
            : Path.Combine(home, OperatingSystem.IsMacOS() ? onMac : elsewhere);
        return Path.Combine(folder, "scrollseg");
    }
}
