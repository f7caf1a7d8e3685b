namespace ScrollSeg.Testing;

/// <summary>Material of other origin that is not in the repository, found through <c>SCROLLSEG_TEST_DATA</c>.</summary>
public static class TestData
{
    /// <summary>The folder; <see langword="null"/> where this machine has none.</summary>
    public static string? Root { get; } =
        Environment.GetEnvironmentVariable("SCROLLSEG_TEST_DATA") is { Length: > 0 } root && Directory.Exists(root) ? root : null;

    /// <summary>A path in the folder; <see langword="null"/> if it is not there.</summary>
    public static string? Find(string relativePath)
    {
        string? path = Root is null ? null : Path.Combine(Root, relativePath);
        return Path.Exists(path) ? path : null;
    }

    /// <summary>What a test says when it is skipped for want of a file.</summary>
    public static string Missing(string relativePath) =>
        $"needs {relativePath} in the folder that SCROLLSEG_TEST_DATA names";
}
